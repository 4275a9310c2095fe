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
  await stack.post('/api/v1/schedules', { cron: '0 9 * * *', actor: 'queueing', payload: { ms: 1 } });
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
  async 'the form with a picture, and one that was refused'(page) {
    await page.goto(`${stack.url}/?kind=img2img&source=${await stack.pictureFrom(ids.done)}`);
    await page.getByAltText('What it starts from').waitFor();
    const notes = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('Hello') };
    await page.getByLabel('Picture to start from').setInputFiles(notes);
    await page.getByText('is not a picture').waitFor();
  },
  async 'the gallery'(page) {
    await page.goto(`${stack.url}/gallery`);
    await page.locator('.wall img').first().waitFor();
  },
  async 'a picture shown large'(page) {
    await page.goto(`${stack.url}/gallery?show=${await stack.pictureFrom(ids.done)}`);
    await page.getByRole('dialog').getByText('studio').waitFor();
  },
  async 'the dead letters'(page) {
    await page.goto(`${stack.url}/dead?actor=paint`);
    await page.getByText('There is no paint left').first().waitFor();
  },
  async 'the question before many are dismissed'(page) {
    await page.goto(`${stack.url}/dead`);
    await page.getByRole('button', { name: 'Dismiss all' }).click();
    await page.getByRole('dialog', { name: 'Dismiss 1 task?' }).waitFor();
  },
  async 'the schedules'(page) {
    await page.goto(`${stack.url}/schedules`);
    await page.getByText('0 9 * * *').waitFor();
  },
  async 'the form of a schedule'(page) {
    await page.goto(`${stack.url}/schedules?new=1`);
    await page.getByLabel('Time zone').waitFor();
  },
  async 'the workers'(page) {
    await page.goto(`${stack.url}/workers`);
    await page.getByText('of 16 running').waitFor();
  },
  async 'the lanes'(page) {
    await page.goto(`${stack.url}/lanes`);
    await page.getByText('1 of 1 running').waitFor();
  },
  async 'the question about a limit'(page) {
    await page.goto(`${stack.url}/lanes`);
    const lane = page.locator('main li', { hasText: 'queueing' });
    await lane.getByRole('button', { name: 'Limit' }).click();
    await page.getByRole('dialog').getByLabel('Tasks at once').fill('0');
    await page.getByRole('dialog').getByText('A whole number from 1').waitFor();
  },
  async 'the figures'(page) {
    await page.goto(`${stack.url}/stats`);
    await page.getByText('The same in numbers').click();
  },
  async 'an address that nobody knows'(page) {
    await page.goto(`${stack.url}/nowhere/at/all`);
    await page.getByText('There is no page at this address').waitFor();
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

const missing = ['an unknown task', 'an address that nobody knows'];

browserTest(
  'by day and on a desk: nothing for axe, nothing from elsewhere, nothing that the policy forbids',
  async () => {
    const { page, errors } = await openPage({ colorScheme: 'light', reducedMotion: 'reduce' });
    const foreign: string[] = [];
    page.on('request', request => {
      if (!request.url().startsWith(stack.url) && !/^(?:data|blob):/.test(request.url()))
        foreign.push(request.url());
    });
    for (const [what, open] of Object.entries(pages)) {
      const before = errors.length;
      await open(page);
      await expectAccessible(page, `${what}, by day`);
      if (!missing.includes(what)) expect(errors.slice(before), what).toEqual([]);
    }
    expect(foreign).toEqual([]);
  },
);

browserTest('by night and on a telephone: nothing for axe, and no page scrolls sideways', async () => {
  const telephone = { viewport: { width: 390, height: 844 }, isMobile: true };
  const { page } = await openPage({ colorScheme: 'dark', reducedMotion: 'reduce', ...telephone });
  for (const [what, open] of Object.entries(pages)) {
    await open(page);
    await expectAccessible(page, `${what}, by night`);
    const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    expect(beyond, what).toBeLessThanOrEqual(0);
  }
});

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
