// Every page, by day and by night: nothing for axe to complain of, nothing that scrolls sideways, nothing the policy forbids.
import type { Page } from 'playwright-core';
import { beforeAll, expect } from 'vitest';
import { browserTest, openPage } from '../helpers/chromium.ts';
import { expectAccessible, pictureWidths, waitForState } from './support/look.ts';
import { pictureOf, stackForFile } from './support/stack.ts';

const stack = stackForFile();
const ids = { done: '', failed: '', running: '', waiting: '' };

beforeAll(async () => {
  ids.done = await stack.enqueue('media', pictureOf('Seen by everybody', 0, { num_images: 2 }));
  ids.failed = await stack.enqueue('paint', { wall: 'the east wall' });
  ids.running = await stack.enqueue('queueing', { ms: 600_000 });
  ids.waiting = await stack.enqueue('queueing', { ms: 600_000 });
});

const pages: Record<string, (page: Page) => Promise<void>> = {
  async 'the form'(page) {
    await page.goto(stack.url);
    await page.locator('aside li').first().waitFor();
    await page.getByText('More settings').click();
  },
  async 'the form with problems'(page) {
    await page.goto(stack.url);
    await page.getByRole('button', { name: 'Make it' }).click();
    await page.getByText('This is needed.').waitFor();
  },
  async 'the form of a film'(page) {
    await page.goto(stack.url);
    await page.getByText('Moving picture').click();
    await page.getByLabel('Picture to start from').waitFor();
  },
  async 'the JSON tab'(page) {
    await page.goto(stack.url);
    await page.getByRole('button', { name: 'JSON' }).click();
    await page.getByLabel('Payload as JSON').fill('{');
  },
  async 'the tasks'(page) {
    await page.goto(`${stack.url}/tasks`);
    await page.locator('main li').first().waitFor();
  },
  async 'a finished task'(page) {
    await page.goto(`${stack.url}/tasks/${ids.done}`);
    await waitForState(page, 'completed');
    await pictureWidths(page);
  },
  async 'a failed task'(page) {
    await page.goto(`${stack.url}/tasks/${ids.failed}`);
    await waitForState(page, 'failed');
    await page.getByText('Where it came from').click();
  },
  async 'a running task'(page) {
    await page.goto(`${stack.url}/tasks/${ids.running}`);
    await waitForState(page, 'running');
  },
  async 'a waiting task and its question'(page) {
    await page.goto(`${stack.url}/tasks/${ids.waiting}`);
    await waitForState(page, 'pending');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Keep it' }).waitFor();
  },
  async 'an unknown task'(page) {
    await page.goto(`${stack.url}/tasks/tq_nothing`);
    await page.getByText('There is no such task').waitFor();
  },
};

for (const colorScheme of ['light', 'dark'] as const) {
  browserTest(`axe finds nothing on any page (${colorScheme})`, async () => {
    const { page } = await openPage({ colorScheme, reducedMotion: 'reduce' });
    for (const [what, open] of Object.entries(pages)) {
      await open(page);
      await expectAccessible(page, `${what}, ${colorScheme}`);
    }
  });
}

browserTest('the theme chosen by hand goes before the system’s, and stays after a refresh', async () => {
  const { page } = await openPage({ colorScheme: 'dark' });
  const background = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
  await page.goto(`${stack.url}/tasks`);
  const dark = await background();
  await page.locator('label[title=Light]').click();
  const light = await background();
  expect(light).not.toBe(dark);
  await page.reload();
  expect(await background()).toBe(light);
});

browserTest('on a telephone no page scrolls sideways', async () => {
  const { page } = await openPage({ viewport: { width: 390, height: 844 }, isMobile: true });
  for (const [what, open] of Object.entries(pages)) {
    await open(page);
    const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(beyond, what).toBeLessThanOrEqual(0);
  }
});

browserTest('no page asks for anything from elsewhere, or for what the policy forbids', async () => {
  const { page, errors } = await openPage();
  const foreign: string[] = [];
  page.on('request', request => {
    if (!request.url().startsWith(stack.url) && !request.url().startsWith('data:'))
      foreign.push(request.url());
  });
  const { 'an unknown task': _notFound, ...good } = pages;
  for (const open of Object.values(good)) await open(page);
  expect(foreign).toEqual([]);
  expect(errors).toEqual([]);
});
