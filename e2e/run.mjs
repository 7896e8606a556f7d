// The console in a real browser: `node e2e/run.mjs --keydesk target/debug/keydesk [NAME-PART]`.
//
// A check is an exported function in checks/ whose name is the guarantee. Nothing is printed for what holds.

import { rmSync } from 'node:fs';
import path from 'node:path';
import * as keyLife from './checks/key_life.mjs';
import * as quiet from './checks/quiet.mjs';
import * as screensChecks from './checks/screens.mjs';
import * as signingIn from './checks/signing_in.mjs';
import * as weight from './checks/weight.mjs';
import * as withoutJavaScript from './checks/without_javascript.mjs';
import { Desk } from './desk.mjs';
import { Report } from './report.mjs';
import { screens } from './screens.mjs';
import { Server } from './server.mjs';
import { populate } from './world.mjs';

// `quiet` comes after all that may be loud.
const MODULES = [signingIn, keyLife, withoutJavaScript, weight, screensChecks, quiet];
// A browser that hangs must fail the run, not hold it for ever.
const RUN_MILLISECONDS_MAX = 1_200_000;

async function main() {
  const [flag, binary, part = ''] = process.argv.slice(2);
  if (flag !== '--keydesk' || !binary) {
    console.error('usage: run.mjs --keydesk FILE [NAME-PART]');
    process.exit(2);
  }
  const report = new Report();
  const server = await Server.start(path.resolve(binary));
  const late = setTimeout(() => end(server, 'the run took too long'), RUN_MILLISECONDS_MAX);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => end(server, `ended by ${signal}`));
  const desk = await Desk.open(server, report);
  try {
    await report.check('the run', () => run(desk, report, part));
  } finally {
    await desk.close();
    report.equal('exit code on SIGTERM', await server.stop(), 0);
    clearTimeout(late);
  }
  if (report.failed > 0) console.log(['--- the server said', ...server.log.slice(-40), '---'].join('\n'));
  console.log(`${report.passed} passed, ${report.failed} failed`);
  process.exitCode = report.failed > 0 ? 1 : 0;
}

/** Before its time. */
function end(server, why) {
  console.error(why);
  server.process.kill();
  rmSync(server.folder, { recursive: true, force: true });
  process.exit(1);
}

async function run(desk, report, part) {
  desk.world = await populate(desk.server);
  await desk.letIn();
  [desk.world.person] = (await desk.server.admin('GET', '/admin/users')).data.map((user) => user.id);
  desk.screens = await screens(desk.server, desk.world);
  for (const module of MODULES) {
    for (const [name, check] of Object.entries(module)) {
      if (name.includes(part) || module === quiet) await report.check(name, () => check({ desk, report }));
    }
  }
}

await main();
