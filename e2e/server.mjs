// The server under test, as a process on free ports, with a data directory of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';

const ADDRESSES = /public listener on (\S+) .*data listener on (\S+)/;

export class Server {
  log = [];

  static async start(binary) {
    const server = new Server();
    server.folder = await mkdtemp(path.join(tmpdir(), 'keydesk-e2e-'));
    server.data = path.join(server.folder, 'data');
    // Only what a program needs to run; nothing of the caller's may change what is tested.
    const { PATH, HOME, TMPDIR } = process.env;
    server.process = spawn(
      binary,
      ['serve', '--data', server.data, '--listen', '127.0.0.1:0', '--data-listen', '127.0.0.1:0'],
      { env: { PATH, HOME, ...(TMPDIR && { TMPDIR }) }, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    server.ended = once(server.process, 'exit');
    await server.#ready();
    server.first = JSON.parse(await readFile(path.join(server.data, 'first-run.json'), 'utf8'));
    return server;
  }

  #ready() {
    const lines = readline.createInterface({ input: this.process.stderr });
    return new Promise((resolve, reject) => {
      lines.on('line', (line) => {
        this.log.push(line);
        const found = ADDRESSES.exec(line);
        if (found) [this.url, this.dataUrl] = found.slice(1).map((at) => `http://${at.replace(/,$/, '')}`);
        if (line === 'ready') resolve();
      });
      this.process.on('error', reject);
      this.process.on('exit', (code) => reject(new Error(`the server ended with ${code}:\n${this.log.join('\n')}`)));
    });
  }

  /** Asks the Admin API as the first service account. */
  async admin(method, where, body) {
    this.token ??= await this.#buy();
    const response = await fetch(this.url + where, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${where}: ${response.status} ${text}`);
    return text && JSON.parse(text);
  }

  async #buy() {
    const { client_id, client_secret } = this.first;
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret });
    const response = await fetch(`${this.url}/oauth/token`, { method: 'POST', body: form });
    return (await response.json()).access_token;
  }

  /** Asks the data plane about a call. */
  async verify(question) {
    const response = await fetch(`${this.dataUrl}/v1/verify`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(question),
    });
    return (await response.json()).code;
  }

  /** Asks it to end; its exit code. */
  async stop() {
    this.process.kill('SIGTERM');
    const [code] = await this.ended;
    await rm(this.folder, { recursive: true, force: true });
    return code;
  }
}
