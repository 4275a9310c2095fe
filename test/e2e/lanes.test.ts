// Lanes and figures on the page: limits and pauses that workers obey at once, and who may not set them.
import { expect } from 'vitest';
import { browserTest, openPage } from '../helpers/chromium.ts';
import { waitFor } from '../helpers/wait.ts';
import { waitForState } from './support/look.ts';
import { stackForFile } from './support/stack.ts';

const stack = stackForFile();

browserTest('a raised limit lets the next task begin, a pause holds it back, and both are said', async () => {
  const { page } = await openPage();
  await stack.enqueue('queueing', { ms: 600_000 });
  const second = await stack.enqueue('queueing', { ms: 600_000 });
  await page.goto(`${stack.url}/lanes`);
  const lane = page.locator('main li', { hasText: 'queueing' });
  await lane.getByText('1 of 1 running').waitFor();
  await lane.getByText('1 waits').waitFor();
  await lane.getByRole('button', { name: 'Limit' }).click();
  const question = page.getByRole('dialog', { name: 'How many of queueing may run at once?' });
  await question.getByLabel('Tasks at once').fill('0');
  expect(await question.getByRole('button', { name: 'Set the limit' }).isDisabled()).toBe(true);
  await question.getByLabel('Tasks at once').fill('2');
  await question.getByRole('button', { name: 'Set the limit' }).click();
  await page.getByText('queueing: at most 2 at once.').waitFor();
  await lane.getByText('2 of 2 running').waitFor();
  await lane.getByText('Set by hand; the code says at most 1 at once').waitFor();

  await lane.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Pause the lane' }).click();
  await lane.getByText('Paused').waitFor();
  await lane.getByRole('button', { name: 'Limit' }).click();
  await question.getByLabel('Any number').check();
  await question.getByRole('button', { name: 'Set the limit' }).click();
  const third = await stack.enqueue('queueing', { ms: 600_000 });
  await page.goto(`${stack.url}/tasks/${third}`);
  await page.getByText('The lane “queueing” is paused.').waitFor();
  await page.goto(`${stack.url}/lanes`);
  await lane.getByRole('button', { name: 'Resume' }).click();
  await lane.getByText('3 running').waitFor();
  await page.goto(`${stack.url}/tasks/${second}`);
  await waitForState(page, 'running');
});

browserTest('the place of a waiting task moves on its page without a reload', async () => {
  const { page } = await openPage();
  const wall = (n: number) => stack.enqueue('paint', { wall: `wall ${n}` });
  const headers = { 'content-type': 'application/json' };
  const patch = (body: object) =>
    fetch(`${stack.url}/api/v1/lanes/paint%23all`, { method: 'PATCH', headers, body: JSON.stringify(body) });
  await wall(0);
  await waitFor(async () => (await patch({ paused: true })).status === 200);
  const task_id = await wall(1);
  await page.goto(`${stack.url}/tasks/${task_id}`);
  await page.getByText('The lane “paint').waitFor();
  await patch({ paused: false });
  await waitForState(page, 'failed');
});

browserTest(
  'the figures show what has happened, and a key that may not change lanes is told so',
  async () => {
    const { page, errors } = await openPage();
    await stack.enqueue('paint', { wall: 'the last wall' });
    await page.goto(`${stack.url}/stats`);
    await waitFor(async () => (await page.getByText('The same in numbers').count()) > 0, {
      timeoutMs: 20_000,
    });
    await page.getByText('The same in numbers').click();
    await page.getByRole('columnheader', { name: 'Failed' }).waitFor();
    await page.getByLabel('Done by').selectOption('paint');
    await page.waitForURL(/actor=paint/);
    await page.getByRole('heading', { name: 'Ended, by minute' }).waitFor();
    expect(errors).toEqual([]);

    await stack.killServer();
    await stack.startServer(undefined, { CALLSHEET_KEYS: 'looker:read:planted-read-1f0c' });
    // An address that nobody knows asks for the key too.
    await page.goto(`${stack.url}/nowhere/at/all`);
    await page.getByLabel('API key').fill('planted-read-1f0c');
    await page.getByRole('button', { name: 'Come in' }).click();
    await page.getByRole('heading', { name: 'There is no page at this address' }).waitFor();
    await page.goto(`${stack.url}/lanes`);
    const lane = page.locator('main li', { hasText: 'queueing' });
    await lane.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Pause the lane' }).click();
    await page.getByText('The key "looker" has the scope read; this needs "admin".').waitFor();
  },
);
