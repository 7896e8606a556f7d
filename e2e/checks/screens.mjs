// What holds for every screen, whatever it is about.

import AxeBuilder from '@axe-core/playwright';
import { mkdir, rm } from 'node:fs/promises';
import { NARROW, NARROWEST, WIDE } from '../desk.mjs';
import { each } from '../screens.mjs';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** A picture of the whole of a longer page is one that nobody looks at. */
const HEIGHT_MAX = 6000;
const PICTURES = new URL('../screenshots/', import.meta.url).pathname;

/** There are no frames to look into, and what holds need not be told. */
function looked(page) {
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  return axe.options({ runOnly: { type: 'tag', values: TAGS }, resultTypes: ['violations'] }).analyze();
}

export async function every_screen_is_accessible_in_light_and_dark_wide_and_narrow({ desk, report }) {
  await rm(PICTURES, { recursive: true, force: true });
  await mkdir(PICTURES, { recursive: true });
  for (const scheme of ['light', 'dark']) {
    const look = (viewport) => each(desk, { scheme, viewport }, (page, screen) => (
      examine(page, report, `${screen.name}-${scheme}-${viewport.width}`)
    ));
    // Two at a time: on two cores more would only wait for each other.
    await Promise.all([WIDE, NARROW].map(look));
  }
}

async function examine(page, report, picture) {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.screenshot({ path: `${PICTURES}${picture}.png`, fullPage: height <= HEIGHT_MAX });
  const { violations } = await looked(page);
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 120)).join(' ')}`);
  report.equal(picture, told, []);
}

export async function every_screen_has_its_status_one_heading_and_a_title({ desk, report }) {
  await each(desk, {}, async (page, screen, response) => {
    report.equal(`${screen.name}: status`, response.status(), screen.status);
    report.equal(`${screen.name}: headings`, await page.locator('h1').count(), 1);
    const [title, heading] = [await page.title(), (await page.locator('h1').innerText()).trim()];
    report.that(`${screen.name}: a title with ${heading}`, title.endsWith(' · Keydesk') && title.length > 10, title);
    report.equal(`${screen.name}: a form that was refused says so`, title.startsWith('Error: '), screen.status === 422);
    report.equal(`${screen.name}: language`, await page.locator('html').getAttribute('lang'), 'en');
  });
}

export async function no_screen_scrolls_sideways_at_320_pixels({ desk, report }) {
  await each(desk, { viewport: NARROWEST }, async (page, screen) => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    report.equal(`${screen.name}: width`, width, NARROWEST.width);
  });
}

/** Links between screens lead to screens, and each of those is on the list: so none is forgotten. */
export async function no_link_leads_past_the_list({ desk, report }) {
  const shape = (path) => path.replace(/[?#].*/, '').replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[a-z]+_[0-9A-Za-z]{16,}/g, '{id}');
  const known = new Set(desk.screens.filter((screen) => screen.path).map((screen) => shape(screen.path)));
  const links = new Set();
  await each(desk, {}, async (page) => {
    for (const link of await page.locator('a[href^="/"]').evaluateAll((all) => all.map((a) => a.getAttribute('href')))) links.add(link);
  });
  const page = await desk.page();
  const seen = new Set();
  for (const link of links) {
    const path = shape(link);
    if (seen.has(path) || /\.(json|txt|md)$/.test(path) || path === '/') continue;
    seen.add(path);
    report.that(`${path} is on the list`, known.has(path), link);
    const response = await page.request.get(desk.url + link, { headers: { accept: 'text/html' } });
    report.equal(`${link}: status`, response.status(), 200);
  }
  await page.context().close();
}
