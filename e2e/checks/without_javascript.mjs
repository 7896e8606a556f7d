// The same pages where no script runs.

import { OWNER, PASSWORD } from '../world.mjs';
import { each } from '../screens.mjs';

export async function people_sign_in_search_and_sign_out_without_javascript({ desk, report }) {
  const page = await desk.page({ who: 'nobody', javaScriptEnabled: false });
  await page.goto(`${desk.url}/`);
  await page.getByLabel('E-mail address').fill(OWNER);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(/\/keys/);
  await page.getByLabel('Name').fill('lost');
  await page.getByLabel('Status').selectOption('revoked');
  await page.getByRole('button', { name: 'Filter' }).click();
  report.equal('found', await page.locator('tbody th a').allInnerTexts(), ['lost laptop']);
  const before = page.url();
  await page.getByRole('button', { name: 'Dark' }).click();
  report.equal('the same page', page.url(), before);
  report.equal('in dark', await page.locator('html').getAttribute('data-theme'), 'dark');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.waitForURL(`${desk.url}/login`);
  await page.context().close();
}

export async function pages_follow_one_another_without_javascript({ desk, report }) {
  const page = await desk.page({ javaScriptEnabled: false });
  await page.goto(`${desk.url}/projects/${desk.world.project}/keys`);
  const first = await page.locator('tbody th a').allInnerTexts();
  await page.getByRole('link', { name: 'Next page' }).click();
  const second = await page.locator('tbody th a').allInnerTexts();
  report.equal('a page', first.length, 50);
  report.that('others', second.length > 0 && second.every((name) => !first.includes(name)), second);
  await page.context().close();
}

export async function every_screen_is_the_same_without_javascript({ desk, report }) {
  const headings = { true: {}, false: {} };
  for (const javaScriptEnabled of [true, false]) {
    await each(desk, { javaScriptEnabled }, async (page, screen, response) => {
      headings[javaScriptEnabled][screen.name] = [response.status(), await page.locator('h1').innerText()];
    });
  }
  report.equal('statuses and headings', headings.false, headings.true);
}
