// The page below a path of somebody else's app, and below one that a proxy takes away: nothing that it asks for is outside.
import { resolve } from 'node:path';
import { Hono } from 'hono';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { createApp, listen, parseKeys } from '../../server/index.ts';
import { browserTest, openPage } from '../helpers/chromium.ts';
import { testUri } from '../helpers/mongo.ts';
import { type Spawned, spawnNode } from '../helpers/processes.ts';
import { openApp } from '../server/setup.ts';
import {
  countStreams,
  pictureWidths,
  waitForConnection,
  waitForState,
  waitForTruth,
} from './support/look.ts';

const root = resolve(import.meta.dirname, '../..');
const secret = 'planted-chief-77ab';
let url = '';
let worker: Spawned;
const closes: (() => Promise<void>)[] = [];

beforeAll(async () => {
  const { queue, content, hub } = await openApp();
  const shared = { queue, content, hub, webuiDir: resolve(root, 'dist/webui') };
  const outer = new Hono()
    .get('/', c => c.text('my own page'))
    .route('/my/queue', createApp({ ...shared, keys: parseKeys(`chief:admin:${secret}`) }))
    // What is mounted like this does not see its prefix, as behind a proxy.
    .mount('/desk', createApp(shared).fetch);
  const listener = await listen(outer.fetch, '127.0.0.1', 0);
  closes.push(() => listener.close(0));
  url = listener.url;
  const uri = new URL(testUri());
  uri.pathname = `/${queue.db.databaseName}`;
  worker = spawnNode(['--import', import.meta.resolve('tsx'), resolve(root, 'worker/main.ts')], {
    env: { MONGODB_URI: uri.href, LOG_LEVEL: 'info', PUBLIC_URL: undefined },
  });
  await worker.waitForLine(/worker started/);
});

afterAll(async () => {
  for (const close of closes) await close();
  worker.kill('SIGKILL');
  await worker.exited;
});

/** What the page asks for that is not below the prefix. */
function watchOutside(page: Page, prefix: string): string[] {
  const outside: string[] = [];
  page.on('request', request => {
    if (!request.url().startsWith(url + prefix) && !/^(?:data|blob):/.test(request.url()))
      outside.push(request.url());
  });
  return outside;
}

async function makePicture(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'A lighthouse in the fog' }).click();
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.waitForURL('**/tasks/tq_*');
  await waitForState(page, 'completed');
  expect(await pictureWidths(page)).toEqual([1024]);
}

/** From place to place by the links, and to some of them by a refresh. */
async function walk(page: Page, prefix: string): Promise<void> {
  await page.getByRole('link', { name: 'Gallery' }).click();
  await waitForTruth(page, "document.querySelector('.wall img')?.naturalWidth > 0");
  await page.locator('.wall a').first().click();
  await page.reload();
  const large = page.getByRole('dialog');
  await large.getByText('studio').waitFor();
  expect(await large.getByRole('link', { name: /full file/ }).getAttribute('href')).toMatch(
    new RegExp(`^${prefix}/workflow/default/media/gc_`),
  );
  await large.getByRole('link', { name: 'Make a film' }).click();
  await page.waitForURL(`${url}${prefix}/?from=*`);
  await page.getByAltText('What it starts from').waitFor();
  for (const place of ['Tasks', 'Lanes', 'Workers', 'Figures', 'Schedules', 'Dead letters']) {
    const link = page.getByRole('navigation').getByRole('link', { name: place });
    await link.click();
    await page.waitForURL(url + (await link.getAttribute('href')));
    await page.getByRole('heading', { level: 1 }).waitFor();
  }
}

browserTest('mounted in another app it comes in, makes a picture and finds it again', async () => {
  const prefix = '/my/queue';
  const { page, errors } = await openPage();
  const outside = watchOutside(page, prefix);
  await page.goto(url + prefix);
  await page.getByLabel('API key').fill(secret);
  await page.getByRole('button', { name: 'Come in' }).click();
  await page.getByRole('button', { name: 'Make it' }).waitFor();
  const [cookie] = await page.context().cookies();
  expect(cookie?.path).toBe(prefix);
  expect(errors.splice(0).filter(error => !error.includes('401'))).toEqual([]);

  const { opened } = countStreams(page);
  await makePicture(page);
  expect(opened.length).toBeGreaterThan(0);
  const task = page.url();
  expect(task.startsWith(`${url}${prefix}/tasks/tq_`)).toBe(true);
  await page.reload();
  await waitForState(page, 'completed');
  expect(await pictureWidths(page)).toEqual([1024]);
  await walk(page, prefix);
  await page.goto(`${url}${prefix}/tasks`);
  await waitForConnection(page, 'live');
  await page.goto(`${url}${prefix}/`);
  await page.getByRole('button', { name: 'Make it' }).waitFor();
  expect(errors).toEqual([]);

  await page.goto(`${url}${prefix}/no/such/place`);
  await page.getByText('There is no page at this address').waitFor();
  await page.goto(`${url}${prefix}/docs`);
  await page.getByText('A task queue for slow, paid, rate-limited work').waitFor();
  expect(outside).toEqual([]);
});

browserTest('behind something that takes its prefix away the page works, too', async () => {
  const { page, errors } = await openPage();
  const outside = watchOutside(page, '/desk/');
  await page.goto(`${url}/desk/`);
  await makePicture(page);
  await page.reload();
  await waitForState(page, 'completed');
  await walk(page, '/desk');
  expect(errors).toEqual([]);
  expect(outside).toEqual([]);
});
