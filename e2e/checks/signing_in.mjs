// Coming and going.

import { HOSTILE, OWNER, PASSWORD } from '../world.mjs';

async function signIn(page, url) {
  await page.goto(url);
  await page.getByLabel('E-mail address').fill(OWNER);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL((found) => found.pathname !== '/login');
}

export async function signing_in_leads_to_the_page_that_was_asked_for({ desk, report }) {
  const page = await desk.page({ who: 'nobody' });
  const wanted = `/projects/${desk.world.project}/keys?status=all&q=worker+01`;
  await signIn(page, desk.url + wanted);
  report.equal('where', page.url(), desk.url + wanted);
  report.equal('shown', await page.locator('tbody tr').count(), 1);

  const [session] = (await page.context().cookies()).filter((cookie) => cookie.name === '__Host-session');
  report.equal('the cookie', [session.httpOnly, session.secure, session.sameSite, session.path], [true, true, 'Lax', '/']);
  report.equal('is out of reach of scripts', await page.evaluate(() => document.cookie.includes('session')), false);

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${desk.url}/login`);
  await page.goBack();
  await page.reload();
  report.that('signed out for good', page.url().startsWith(`${desk.url}/login`), page.url());
  await page.context().close();
}

export async function the_keyboard_alone_signs_in_and_comes_to_the_list({ desk, report }) {
  const page = await desk.page({ who: 'nobody' });
  await page.goto(`${desk.url}/login`);
  const tab = async (until) => {
    for (let step = 0; step < 20; step += 1) {
      await page.keyboard.press('Tab');
      const at = page.locator(':focus');
      const outlined = await at.evaluate((e) => parseFloat(getComputedStyle(e).outlineWidth));
      report.that('what has the focus shows it', outlined >= 2, await at.evaluate((e) => e.outerHTML.slice(0, 100)));
      if (await at.evaluate((e, id) => e.id === id || e.className === id, until)) return;
    }
    throw new Error(`${until} is out of reach`);
  };
  await tab('skip');
  await tab('email');
  await page.keyboard.type(OWNER);
  await tab('password');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/keys/);
  report.equal('heading', await page.locator('h1').innerText(), 'API keys');
  await page.context().close();
}

export async function names_are_shown_as_they_are_and_run_nothing({ desk, report }) {
  const page = await desk.page();
  await page.goto(`${desk.url}/projects/${desk.world.project}/keys?q=${encodeURIComponent(HOSTILE)}`);
  report.equal('shown', await page.locator('tbody th a').allInnerTexts(), [HOSTILE]);
  report.equal('in the field', await page.getByLabel('Name').inputValue(), HOSTILE);
  report.equal('no picture of theirs', await page.locator('img[src="x"]').count(), 0);
  await page.context().close();
}

export async function the_list_is_searched_while_one_types({ desk, report }) {
  const page = await desk.page();
  await page.goto(`${desk.url}/projects/${desk.world.project}/keys`);
  await page.getByLabel('Name').pressSequentially('worker 07');
  await page.waitForURL(/q=worker/);
  await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
  report.equal('found', await page.locator('tbody th a').allInnerTexts(), ['worker 07']);
  report.equal('the focus stays', await page.locator(':focus').getAttribute('id'), 'q');
  await page.context().close();
}
