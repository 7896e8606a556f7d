// A browser with people in it, and everything that it complained of.

import { chromium } from 'playwright-core';
import { invite, MEMBER, OWNER, PASSWORD } from './world.mjs';

const CHROMIUM = '/usr/bin/chromium';
// As root there is no sandbox, and containers have a small /dev/shm.
const FLAGS = ['--no-sandbox', '--disable-dev-shm-usage'];
/** Longer than anything takes, on a machine that does other things as well. */
const PATIENCE_MILLISECONDS = 120_000;
export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 360, height: 740 };
export const NARROWEST = { width: 320, height: 640 };

export class Desk {
  /** Errors, refused loads and dialogs, of every page that was ever open. */
  noise = [];
  #sessions = { nobody: undefined };

  static async open(server, report) {
    const desk = Object.assign(new Desk(), { server, report, url: server.url });
    desk.chromium = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    return desk;
  }

  /** The owner by the setup link, and a member by an invitation, as they would do it. */
  async letIn() {
    await this.#become('owner', this.server.first.setup_url, 'Become the owner', async (page) => {
      await page.getByLabel('E-mail address').fill(OWNER);
      await page.getByLabel('Your name').fill('Ada Lovelace');
    });
    const code = await invite(this.server, MEMBER);
    await this.#become('member', `${this.url}/invite#${code}`, 'Become a member', () => {});
  }

  async #become(who, link, button, more) {
    const page = await this.page({ who: 'nobody' });
    await page.goto(link);
    await more(page);
    await page.getByLabel('Choose a password').fill(PASSWORD);
    await page.getByRole('button', { name: button }).click();
    await page.waitForURL((url) => !['/setup', '/invite'].includes(url.pathname));
    this.#sessions[who] = await page.context().storageState();
    await page.context().close();
  }

  /** A page in a browser of its own: nothing cached, signed in as `who`. */
  async page({ who = 'owner', scheme = 'light', viewport = WIDE, javaScriptEnabled = true } = {}) {
    const context = await this.chromium.newContext({
      colorScheme: scheme, viewport, javaScriptEnabled, storageState: this.#sessions[who], reducedMotion: 'reduce',
    });
    // What a policy refused says so where errors are heard.
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => {
        console.error(`policy: ${event.violatedDirective} refused ${event.blockedURI} ${event.sample}`);
      });
    });
    context.setDefaultTimeout(PATIENCE_MILLISECONDS);
    const page = await context.newPage();
    const note = (text) => this.noise.push(`${page.url().replace(this.url, '')}: ${text}`);
    page.on('pageerror', (error) => note(error.message));
    page.on('requestfailed', (request) => {
      // Whoever goes on to the next page waits for nothing more of this one.
      const { errorText } = request.failure();
      // Back to a page that a form led to: Chromium asks whether to send it again, and shows nothing until then.
      if (!['net::ERR_ABORTED', 'net::ERR_CACHE_MISS'].includes(errorText)) note(`${request.url()} failed: ${errorText}`);
    });
    page.on('dialog', (dialog) => {
      // A page with a secret asks whether it may be left; here it may.
      if (dialog.type() === 'beforeunload') return dialog.accept();
      note(`dialog ${dialog.message()}`);
      return dialog.dismiss();
    });
    page.on('console', (message) => {
      // Chromium calls it an error when a page has the status of one; what a page loads may have none.
      const isPage = message.location().url === page.url() && message.text().startsWith('Failed to load resource');
      if (['error', 'warning'].includes(message.type()) && !isPage) note(message.text());
    });
    return page;
  }

  async close() {
    await this.chromium.close();
  }
}
