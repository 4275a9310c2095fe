// Keeping the queue going from the page: dead letters, schedules, workers, and addresses that do not exist.
import { expect } from 'vitest';
import { browserTest, openPage } from '../helpers/chromium.ts';
import { waitForState } from './support/look.ts';
import { stackForFile } from './support/stack.ts';

const stack = stackForFile();

browserTest(
  'dead letters are retried and dismissed, one and many, after a question with their number',
  async () => {
    const { page } = await openPage();
    for (const wall of ['the attic', 'the cellar', 'the porch']) await stack.enqueue('paint', { wall });
    await page.goto(`${stack.url}/dead`);
    const group = page.locator('section[aria-labelledby=groups] li', { hasText: 'NoPaint' });
    await group.getByText('3', { exact: true }).waitFor();
    await group.getByRole('button', { name: 'Retry all' }).click();
    await page.getByRole('dialog', { name: 'Retry 3 tasks?' }).getByText('Retry them').click();
    await page.getByText('3 tasks were queued again.').waitFor();
    // They die again: nobody has brought paint.
    await group.getByText('3', { exact: true }).waitFor();
    await group.getByRole('link', { name: 'NoPaint' }).click();
    await page.reload();
    await page.getByText('Only paint · NoPaint').waitFor();
    await page.getByRole('button', { name: /^Dismiss .*the attic/ }).click();
    await page.getByText('1 task was dismissed.').waitFor();
    await page.getByRole('button', { name: 'Dismiss all paint · NoPaint' }).click();
    await page.getByRole('button', { name: 'Dismiss them' }).click();
    await page.getByText('2 tasks were dismissed.').waitFor();
    await page.getByText('There are none of this kind').waitFor();
  },
);

browserTest('a schedule is made, paused over a refresh, run by hand and deleted', async () => {
  const { page } = await openPage();
  await page.goto(`${stack.url}/schedules`);
  await page.getByRole('link', { name: 'New schedule' }).click();
  await page.getByLabel('Done by').selectOption('echo');
  await page.getByLabel('When').fill('0 0 31 2 *');
  await page.getByLabel('Payload as JSON').fill('{"text": "Good morning"}');
  await page.getByRole('button', { name: 'Make the schedule' }).click();
  await page.getByText('never comes').waitFor();
  await page.getByRole('button', { name: 'Mondays at 8' }).click();
  await page.getByRole('button', { name: 'Make the schedule' }).click();
  const row = page.locator('main li', { hasText: 'Good morning' });
  await row.getByText('Next in').waitFor();
  await row.getByRole('button', { name: 'Pause' }).click();
  await row.getByText('Paused').waitFor();
  await page.reload();
  await row.getByText('Paused').waitFor();
  await row.getByRole('button', { name: 'Run now' }).click();
  await page.getByRole('link', { name: 'See it' }).click();
  await waitForState(page, 'completed');
  await page.goBack();
  await row.getByRole('button', { name: 'Delete' }).first().click();
  await page.getByRole('button', { name: 'Delete the schedule' }).click();
  await page.getByText('Nothing runs by the clock yet').waitFor();
});

browserTest('the workers are there with what they serve, and an unknown address is a page', async () => {
  const { page } = await openPage();
  await page.goto(`${stack.url}/workers`);
  await page.getByRole('listitem').filter({ hasText: 'queueing' }).first().waitFor();
  const answer = await page.goto(`${stack.url}/nowhere/at/all`);
  expect(answer?.status()).toBe(404);
  await page.getByRole('heading', { name: 'There is no page at this address' }).waitFor();
  await page.getByRole('link', { name: 'Back to the start' }).click();
  await page.getByRole('heading', { name: 'Ask for a picture' }).waitFor();
});
