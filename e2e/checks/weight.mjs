// How much travels.

const KILOBYTE = 1024;

/** Everything that a browser without a cache loads for a page. */
async function loaded(desk, who, path) {
  const page = await desk.page({ who });
  const client = await page.context().newCDPSession(page);
  await client.send('Network.enable');
  const bytes = new Map();
  client.on('Network.requestWillBeSent', ({ requestId }) => bytes.set(requestId, 0));
  client.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => bytes.set(requestId, encodedDataLength));
  const [document] = await Promise.all([
    new Promise((resolve) => { client.once('Network.requestWillBeSent', ({ requestId }) => resolve(requestId)); }),
    page.goto(desk.url + path, { waitUntil: 'networkidle' }),
  ]);
  const sizes = [...bytes.values()];
  await page.context().close();
  return { requests: sizes.length, total: sizes.reduce((sum, size) => sum + size, 0), document: bytes.get(document) };
}

export async function a_first_load_is_at_most_60_kilobytes_in_6_requests({ desk, report }) {
  const keys = `/projects/${desk.world.project}/keys`;
  for (const [who, path] of [['nobody', '/login'], ['owner', keys], ['nobody', '/docs/quickstart']]) {
    const { requests, total } = await loaded(desk, who, path);
    report.that(`${path}: bytes`, total > 0 && total <= 60 * KILOBYTE, total);
    report.that(`${path}: requests`, requests > 0 && requests <= 6, requests);
  }
}

export async function a_page_of_50_keys_is_at_most_15_kilobytes({ desk, report }) {
  const { document } = await loaded(desk, 'owner', `/projects/${desk.world.project}/keys`);
  report.that('bytes', document > 0 && document <= 15 * KILOBYTE, document);
}

export async function what_pages_load_is_kept_by_the_browser({ desk, report }) {
  const page = await desk.page();
  await page.goto(`${desk.url}/docs`);
  const assets = await page.evaluate(() => performance.getEntriesByType('resource').map((entry) => entry.name));
  report.that('some', assets.length >= 3, assets);
  for (const asset of assets) {
    const caching = (await page.request.get(asset)).headers()['cache-control'];
    report.that(asset, caching.includes('immutable'), caching);
  }
  await page.context().close();
}
