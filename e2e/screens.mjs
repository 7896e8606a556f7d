// Every screen of the console. A new one is one line here; `no_link_leads_past_the_list` finds those that were forgotten.
//
// `path` may name what there is: {project}, {empty}, {key}. `who` is `owner` unless it says otherwise. `status` is 200 unless
// it says otherwise. `reach` comes to a screen that no address leads to, and returns when its form was sent.

import { OWNER } from './world.mjs';

const FIXED = [
  { name: 'setup', path: '/setup', who: 'nobody' },
  { name: 'setup-refused', who: 'nobody', status: 422, reach: refusedSetup },
  { name: 'invite', path: '/invite', who: 'nobody' },
  { name: 'login', path: '/login', who: 'nobody' },
  { name: 'login-refused', who: 'nobody', status: 422, reach: refusedSignIn },
  { name: 'not-found', path: '/nothing/here', who: 'nobody', status: 404 },
  { name: 'not-found-signed-in', path: '/projects/00000000-0000-7000-8000-000000000000/keys', status: 404 },
  { name: 'not-allowed', who: 'nobody', status: 403, reach: foreignForm },

  { name: 'keys', path: '/projects/{project}/keys' },
  { name: 'keys-all', path: '/projects/{project}/keys?status=all' },
  { name: 'keys-no-match', path: '/projects/{project}/keys?q=zzz' },
  { name: 'keys-empty', path: '/projects/{empty}/keys' },
  { name: 'keys-of-member', path: '/projects/{project}/keys', who: 'member', status: 404 },
  { name: 'key-new', path: '/projects/{project}/keys/new' },
  { name: 'key', path: '/keys/{key}' },
  { name: 'key-edit', path: '/keys/{key}/edit' },
  { name: 'key-disable', path: '/keys/{key}/disable' },
  { name: 'key-revoke', path: '/keys/{key}/revoke' },

  { name: 'usage', path: '/usage' },
  { name: 'usage-by-key', path: '/usage?range=7d&by=key' },
  { name: 'audit', path: '/audit' },
  { name: 'projects', path: '/projects' },
  { name: 'project', path: '/projects/{project}' },
  { name: 'project-delete', path: '/projects/{project}/delete' },
  { name: 'service-accounts', path: '/service-accounts' },
  { name: 'service-account-new', path: '/service-accounts/new' },
  { name: 'members', path: '/members' },
  { name: 'member-invite', path: '/members/invite' },
  { name: 'settings', path: '/settings' },
  { name: 'settings-of-member', path: '/settings', who: 'member' },
  { name: 'settings-signing-keys', path: '/settings/signing-keys/rotate' },

  { name: 'service-account', path: '/service-accounts/{account}' },
  { name: 'member', path: '/members/{person}' },
  { name: 'invitation', path: '/members/invites/{invitation}' },
  { name: 'service-account-secret', path: '/service-accounts/{account}/rotate-secret' },
  { name: 'service-account-delete', path: '/service-accounts/{account}/delete' },
  { name: 'member-remove', path: '/members/{person}/remove' },
  { name: 'invitation-withdraw', path: '/members/invites/{invitation}/withdraw' },

  { name: 'docs', path: '/docs', who: 'nobody' },
  { name: 'docs-signed-in', path: '/docs/quickstart' },
];

/** All of them, with those that the index of the documentation lists. */
export async function screens(server, world) {
  const index = await (await fetch(`${server.url}/llms.txt`)).text();
  const docs = [...index.matchAll(/\]\((\/docs\/([a-z-]+))\.md\)/g)].map(([, path, name]) => ({ name: `docs-${name}`, path, who: 'nobody' }));
  return [...FIXED, ...docs].map((screen) => ({
    who: 'owner', status: 200, ...screen,
    path: screen.path?.replace(/\{(\w+)\}/g, (_, name) => world[name]),
  }));
}

/** Goes there; the answer that the screen came with. */
export async function visit(page, server, screen) {
  if (!screen.reach) return page.goto(server.url + screen.path);
  const sent = page.waitForResponse((response) => response.request().isNavigationRequest() && response.request().method() === 'POST');
  await screen.reach(page, server);
  const response = await sent;
  await page.waitForLoadState();
  return response;
}

/** Does this to each screen, in one browser for each person. */
export async function each(desk, options, body) {
  for (const who of new Set(desk.screens.map((screen) => screen.who))) {
    const page = await desk.page({ who, ...options });
    for (const screen of desk.screens.filter((screen) => screen.who === who)) {
      await body(page, screen, await visit(page, desk.server, screen));
    }
    await page.context().close();
  }
}

async function refusedSetup(page, server) {
  await page.goto(`${server.url}/setup`);
  await page.getByLabel('Setup code').fill('no-such-code');
  await page.getByLabel('E-mail address').fill(OWNER);
  await page.getByLabel('Choose a password').fill('a long enough password');
  await page.getByRole('button', { name: 'Become the owner' }).click();
}

async function refusedSignIn(page, server) {
  await page.goto(`${server.url}/login`);
  await page.getByLabel('E-mail address').fill('nobody@example.com');
  await page.getByLabel('Password').fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** A form that some other site sends. */
async function foreignForm(page, server) {
  await page.goto('about:blank');
  await page.setContent(`<form method="post" action="${server.url}/theme"><button name="theme" value="dark">Go</button></form>`);
  await page.click('button');
}
