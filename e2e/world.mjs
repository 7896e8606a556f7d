// What there is to look at: people, keys in every state, names that try to be more than names.

export const PASSWORD = 'correct horse battery staple';
export const OWNER = 'ada@example.com';
export const MEMBER = 'bob@example.com';
/** A name that would be a script, were it not a name. */
export const HOSTILE = `<img src=x onerror=alert(1)>"'&{{7*7}}`;
/** More than one page of the list. */
const KEYS = 60;
const DAY = 24 * 3600 * 1000;

/** Makes it all by the Admin API; what screens need to know of it. */
export async function populate(server) {
  const project = server.first.project_id;
  const keys = `/admin/projects/${project}/api-keys`;
  const make = async (fields) => (await server.admin('POST', keys, fields)).key.id;
  for (let number = 1; number <= KEYS; number += 1) {
    await make({ name: `worker ${String(number).padStart(2, '0')}`, access: { preset: 'read_only' } });
  }
  await make({ name: HOSTILE });
  await make({ name: 'W'.repeat(80), scopes: [{ action: '*', resource_filter: '*' }] });
  const soon = new Date(Date.now() + 5 * DAY).toISOString();
  const disabled = await make({ name: 'nightly import', expires_at: soon });
  await server.admin('PATCH', `/admin/api-keys/${disabled}`, { enabled: false });
  await server.admin('DELETE', `/admin/api-keys/${await make({ name: 'lost laptop' })}`);
  const key = await used(server, keys);
  const empty = await server.admin('POST', '/admin/projects', { name: 'Empty' });
  const made = await server.admin('POST', '/admin/service-accounts', {
    name: HOSTILE, role_bindings: [{ resource_type: 'organization', role: 'OrgMember' }],
  });
  await invite(server, 'carol@example.com');
  const [invitation] = (await server.admin('GET', '/admin/invites')).data;
  return { project, key, empty: empty.id, account: (made.service_account ?? made).id, invitation: invitation.id };
}

/** A key that is used, and refused now and then. */
async function used(server, keys) {
  const scopes = [{ action: 'read', resource_filter: 'THING/Battery/#' }, { action: 'write', resource_filter: 'THING/#/#' }];
  const made = await server.admin('POST', keys, { name: 'dashboard', scopes });
  const ask = (action, resource) => server.verify({ key: made.value, action, resource, client_ip: '203.0.113.9' });
  for (let call = 0; call < 20; call += 1) await ask('read', `THING/Battery/b${call}`);
  for (let call = 0; call < 4; call += 1) await ask('read', 'ENDPOINT/e1');
  return made.key.id;
}

/** Invites somebody as a plain member; the code of the invitation. */
export async function invite(server, email) {
  const role_bindings = [{ resource_type: 'organization', role: 'OrgMember' }];
  const made = await server.admin('POST', '/admin/invites', { email, role_bindings });
  return made.accept_url.split('#')[1];
}
