// What the page says and does when its connection goes: the work goes on, and the page finds back to it.
import { expect } from 'vitest';
import { browserTest, openPage } from '../helpers/chromium.ts';
import {
  countStreams,
  expectAccessible,
  pictureWidths,
  waitForConnection,
  waitForState,
} from './support/look.ts';
import { pictureOf, stackForFile } from './support/stack.ts';

const stack = stackForFile();

browserTest('a server killed in mid-task and started again: the page says so and sees the end', async () => {
  const { page } = await openPage();
  await page.goto(`${stack.url}/tasks/${await stack.enqueue('media', pictureOf('Power cut', 6_000))}`);
  await waitForState(page, 'running');
  await waitForConnection(page, 'live');
  await stack.killServer();
  await waitForConnection(page, 'reconnecting');
  await stack.startServer();
  await waitForState(page, 'completed');
  await waitForConnection(page, 'finished');
  expect(await pictureWidths(page)).toEqual([320]);
});

browserTest('a task that ended while the server was away is seen to have ended', async () => {
  const { page } = await openPage();
  await page.goto(`${stack.url}/tasks/${await stack.enqueue('media', pictureOf('Missed', 1_500))}`);
  await waitForState(page, 'running');
  await stack.killServer();
  await waitForConnection(page, 'reconnecting');
  // Longer than the task takes: its end is in the database before anybody serves it.
  await page.waitForTimeout(2_500);
  await stack.startServer();
  await waitForState(page, 'completed');
  await waitForConnection(page, 'finished');
});

browserTest('the network lost and back: offline, then live, then the end', async () => {
  const { page } = await openPage();
  await page.goto(`${stack.url}/tasks/${await stack.enqueue('media', pictureOf('Tunnel', 5_000))}`);
  await waitForState(page, 'running');
  await waitForConnection(page, 'live');
  await page.context().setOffline(true);
  await waitForConnection(page, 'offline');
  await page.context().setOffline(false);
  await waitForConnection(page, 'live');
  await waitForState(page, 'completed');
});

browserTest('a list of tasks catches up with what happened while the server was away', async () => {
  const { page } = await openPage();
  const { opened } = countStreams(page);
  await page.goto(`${stack.url}/tasks`);
  await waitForConnection(page, 'live');
  await stack.killServer();
  await waitForConnection(page, 'reconnecting');
  await stack.startServer();
  await stack.enqueue('media', pictureOf('Meanwhile', 0));
  await waitForConnection(page, 'live');
  await page.locator('li', { hasText: 'Meanwhile' }).filter({ hasText: 'Completed' }).waitFor();
  expect(new Set(opened).size).toBe(1);
});

browserTest(
  'a server that loses its database: the page does not call itself live, and finds back',
  async () => {
    const { page } = await openPage();
    await page.goto(`${stack.url}/tasks`);
    await waitForConnection(page, 'live');
    stack.holdDatabase();
    await waitForConnection(page, 'stalled');
    stack.releaseDatabase();
    await waitForConnection(page, 'live');
    await stack.enqueue('media', pictureOf('After the outage', 0));
    await page.locator('li', { hasText: 'After the outage' }).waitFor();
  },
);

browserTest('a server with keys asks for one; with it the page works, streams too', async () => {
  const { page } = await openPage();
  await stack.killServer();
  await stack.startServer(undefined, { CALLSHEET_KEYS: 'reader:read:open-sesame-1234567890' });
  await page.goto(`${stack.url}/tasks`);
  await page.getByLabel('API key').waitFor();
  await expectAccessible(page, 'the login');
  await page.getByLabel('API key').fill('open-sesame-1234567890');
  await page.getByRole('button', { name: 'Come in' }).click();
  await waitForConnection(page, 'live');
  await page.reload();
  await waitForConnection(page, 'live');
  await page.getByRole('button', { name: 'Leave, the key is reader' }).click();
  await page.getByLabel('API key').waitFor();
  await stack.killServer();
  await stack.startServer();
});

browserTest(
  'without a server the page says that it keeps trying, and shows the task once there is one',
  async () => {
    const { page } = await openPage();
    const id = await stack.enqueue('media', pictureOf('Late', 0));
    await page.goto(`${stack.url}/tasks`);
    await page.locator('li', { hasText: 'Late' }).waitFor();
    await stack.killServer();
    await page.locator('li a', { hasText: 'Late' }).click();
    await page.getByText('The server does not answer.').waitFor({ timeout: 20_000 });
    await stack.startServer();
    await page.getByRole('button', { name: 'Try again' }).click();
    await waitForState(page, 'completed');
    expect(page.url()).toContain(id);
  },
);
