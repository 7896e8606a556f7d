// The whole life of a key: made, saved, used, narrowed, switched off and on, revoked. By mouse, by keyboard, without scripts.

import { NARROW, WIDE } from '../desk.mjs';

const HEX = '[0-9a-f-]{36}';

/** Fills and sends forms by clicking. */
class Mouse {
  constructor(page) { this.page = page; }
  async fill(label, text) { await this.page.getByLabel(label, { exact: true }).fill(text); }
  async choose(label) { await this.page.getByLabel(label, { exact: true }).check(); }
  async select(label, option) { await this.page.getByLabel(label, { exact: true }).selectOption(option); }
  async press(name, role = 'button') { await this.page.getByRole(role, { name, exact: true }).last().click(); }
}

/** The same with nothing but keys: what cannot be reached by Tab cannot be used. */
class Keyboard {
  constructor(page) { this.page = page; }

  async #reach(target) {
    const handle = await target.elementHandle();
    for (let step = 0; step < 150; step += 1) {
      if (await handle.evaluate((element) => element === document.activeElement)) return;
      await this.page.keyboard.press('Tab');
    }
    throw new Error(`${await handle.evaluate((element) => element.outerHTML.slice(0, 120))} is out of reach`);
  }

  /** To the one of a group that is chosen, and from there by arrows. */
  async choose(label) {
    const radio = this.page.getByLabel(label, { exact: true });
    if (await radio.getAttribute('type') === 'checkbox') {
      await this.#reach(radio);
      await this.page.keyboard.press('Space');
      return;
    }
    const group = await radio.getAttribute('name');
    await this.#reach(this.page.locator(`input[name="${group}"]:checked`));
    for (let step = 0; step < 10 && !(await radio.isChecked()); step += 1) await this.page.keyboard.press('ArrowDown');
  }

  async fill(label, text) {
    await this.#reach(this.page.getByLabel(label, { exact: true }));
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.type(text);
  }

  async select(label, option) {
    const select = this.page.getByLabel(label, { exact: true });
    await this.#reach(select);
    const text = await select.locator(`option[value="${option}"]`).innerText();
    await this.page.keyboard.type(text);
  }

  async press(name, role = 'button') {
    await this.#reach(this.page.getByRole(role, { name, exact: true }).last());
    await this.page.keyboard.press('Enter');
  }
}

/** What a person sees, fields included; nothing, while there is nothing to see. */
async function shown(page) {
  await page.waitForLoadState().catch(() => {});
  const all = () => [document.body.innerText, ...[...document.querySelectorAll('input')].map((input) => input.value)].join(' ');
  return page.evaluate(all).catch(() => '');
}

async function life(desk, report, page, hand, name) {
  const list = `${desk.url}/projects/${desk.world.project}/keys`;
  const ask = (value, resource) => desk.server.verify({ key: value, action: 'read', resource });
  const at = (pattern) => page.waitForURL(new RegExp(pattern));

  await page.goto(list);
  await hand.press('Create API key', 'link');
  await at('/keys/new$');
  await hand.fill('Name', name);
  await hand.choose('Scopes');
  await hand.fill('Resource filter', 'THING/#/#');
  await hand.select('Expires', '90');
  await hand.press('Check');
  await page.locator('#summary', { hasText: 'Can read any THING.' }).waitFor();
  await hand.press('Create API key');
  await page.getByLabel('API key', { exact: true }).waitFor();
  const value = await page.getByLabel('API key', { exact: true }).inputValue();
  report.that('a key', /^rpa_[0-9A-Z]{40}[0-9A-Za-z]{6}$/.test(value), value.length);
  report.that('not in the address', !page.url().includes(value), page.url());
  report.equal('it works', await ask(value, 'THING/Battery/b1'), 'allowed');

  await hand.press('Done');
  report.that('not without the tick', page.url().endsWith('/keys/new'), page.url());
  await hand.choose('I have saved this key somewhere safe');
  await hand.press('Done');
  await at('done=saved$');

  await page.goto(`${list}?q=${encodeURIComponent(name)}`);
  await hand.press(name, 'link');
  await at(`/keys/${HEX}$`);
  const id = page.url().split('/').pop();
  report.that('created by whom', (await page.locator('.facts').innerText()).includes('ada@example.com'), null);

  await hand.press('Edit', 'link');
  await at('/edit$');
  await hand.fill('Resource filter', 'THING/Inverter/#');
  await hand.press('Review the change');
  await page.getByRole('heading', { name: 'Review the change', level: 1 }).waitFor();
  const review = await page.locator('main').innerText();
  report.that('before and after', review.includes('read on THING/#/#') && review.includes('read on THING/Inverter/#'), review);
  report.equal('not before it is confirmed', await ask(value, 'THING/Battery/b1'), 'allowed');
  await hand.press('Save and apply');
  await at('done=changed$');
  report.equal('narrowed', await ask(value, 'THING/Battery/b1'), 'insufficient_scope');
  report.equal('still good for the rest', await ask(value, 'THING/Inverter/i1'), 'allowed');

  await hand.press('Disable', 'link');
  await at('/disable$');
  await hand.press('Yes, disable');
  await at('done=disabled$');
  report.equal('switched off', await ask(value, 'THING/Inverter/i1'), 'disabled');
  await hand.press('Enable', 'link');
  await at('/enable$');
  await hand.press('Yes, enable');
  await at('done=enabled$');
  report.equal('and on', await ask(value, 'THING/Inverter/i1'), 'allowed');

  await hand.press('Revoke', 'link');
  await at('/revoke$');
  await hand.fill("Type the key's name to confirm", 'some other name');
  await hand.press('Revoke for ever');
  await page.getByRole('alert').waitFor();
  report.equal('the wrong name revokes nothing', await ask(value, 'THING/Inverter/i1'), 'allowed');
  await hand.fill("Type the key's name to confirm", name);
  await hand.press('Revoke for ever');
  await at('done=revoked$');
  report.equal('dead', await ask(value, 'THING/Inverter/i1'), 'revoked');
  await page.goto(`${desk.url}/keys/${id}`);
  const dead = await page.locator('main').innerText();
  report.that('still on record', dead.includes('This key is revoked'), dead);
  report.equal('with nothing to be done', await page.getByRole('link', { name: 'Edit', exact: true }).count(), 0);
  await page.context().close();
}

export async function a_key_lives_and_dies_by_mouse_in_light_and_wide({ desk, report }) {
  const page = await desk.page({ scheme: 'light', viewport: WIDE });
  await life(desk, report, page, new Mouse(page), 'life by mouse');
}

export async function a_key_lives_and_dies_by_mouse_in_dark_and_narrow({ desk, report }) {
  const page = await desk.page({ scheme: 'dark', viewport: NARROW });
  await life(desk, report, page, new Mouse(page), 'life in the dark');
}

export async function a_key_lives_and_dies_by_keyboard_alone({ desk, report }) {
  const page = await desk.page({ scheme: 'dark', viewport: WIDE });
  await life(desk, report, page, new Keyboard(page), 'life by keyboard');
}

export async function a_key_lives_and_dies_by_keyboard_on_a_narrow_screen({ desk, report }) {
  const page = await desk.page({ scheme: 'light', viewport: NARROW });
  await life(desk, report, page, new Keyboard(page), 'life on a telephone');
}

export async function a_key_lives_and_dies_without_scripts({ desk, report }) {
  const page = await desk.page({ javaScriptEnabled: false });
  await life(desk, report, page, new Mouse(page), 'life without scripts');
}

export async function a_form_that_is_sent_again_makes_no_second_key_and_shows_no_secret({ desk, report }) {
  const page = await desk.page();
  const list = `${desk.url}/projects/${desk.world.project}/keys`;
  await page.goto(`${list}/new?name=twice&kind=read_only`);
  await page.getByRole('button', { name: 'Create API key', exact: true }).last().click();
  await page.getByLabel('API key', { exact: true }).waitFor();
  const value = await page.getByLabel('API key', { exact: true }).inputValue();
  // Sends the form again, as a person who says yes to that.
  await page.reload();
  report.equal('what it says', await page.locator('h1').innerText(), 'This key was created already');
  report.that('no secret', !(await page.content()).includes(value), null);
  await page.goto(`${list}?q=twice`);
  report.equal('one key', await page.locator('tbody tr').count(), 1);
  await page.context().close();
}

export async function the_way_back_to_a_secret_does_not_lead_to_it({ desk, report }) {
  const page = await desk.page();
  await page.goto(`${desk.url}/projects/${desk.world.project}/keys/new?name=there+and+back&kind=read_only`);
  await page.getByRole('button', { name: 'Create API key', exact: true }).last().click();
  const value = await page.getByLabel('API key', { exact: true }).inputValue();
  await page.getByLabel('I have saved this key somewhere safe').check();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.waitForURL(/done=saved$/);
  // Chromium asks whether to send the form again, and shows nothing until then.
  await page.goBack().catch(() => {});
  report.that('no secret', value.length > 40 && !(await shown(page)).includes(value), page.url());
  await page.context().close();
}

export async function the_table_of_endpoints_lists_what_is_registered({ desk, report }) {
  const page = await desk.page();
  await page.goto(`${desk.url}/projects/${desk.world.project}/keys/new`);
  const before = await page.getByRole('rowheader').allInnerTexts();
  await desk.server.admin('POST', `/admin/projects/${desk.world.project}/resources`, { resource: 'ENDPOINT/e2e-1', name: 'Pictures' });
  await page.reload();
  const after = await page.getByRole('rowheader').allInnerTexts();
  const more = after.filter((row) => !before.includes(row)).map((row) => row.replace(/\s+/g, ' '));
  report.equal('one more', more, ['e2e-1 Pictures']);
  await page.getByLabel('Name', { exact: true }).fill('one endpoint');
  await page.getByLabel('AI API', { exact: true }).selectOption('restricted');
  await page.getByLabel('e2e-1').selectOption('read_only');
  await page.getByRole('button', { name: 'Create API key', exact: true }).last().click();
  const value = await page.getByLabel('API key', { exact: true }).inputValue();
  const ask = (action, resource) => desk.server.verify({ key: value, action, resource });
  report.equal('reads it', await ask('read', 'ENDPOINT/e2e-1'), 'allowed');
  report.equal('writes it not', await ask('write', 'ENDPOINT/e2e-1'), 'insufficient_scope');
  report.equal('nor reads others', await ask('read', 'ENDPOINT/e2e-2'), 'insufficient_scope');
  await page.context().close();
}
