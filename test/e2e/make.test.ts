// Asking for something and seeing it: from the form to the picture, the error, the cancellation.
import { expect } from 'vitest';
import { browserTest, openPage } from '../helpers/chromium.ts';
import { countStreams, pictureWidths, waitForState, waitForTruth } from './support/look.ts';
import { pictureOf, stackForFile } from './support/stack.ts';

const stack = stackForFile();

browserTest('a stranger clicks an idea and the button, and sees the picture', async () => {
  const { page, errors } = await openPage();
  await page.goto(stack.url);
  await page.getByRole('button', { name: 'A lighthouse in the fog' }).click();
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.waitForURL('**/tasks/tq_*');
  await waitForState(page, 'running');
  await waitForState(page, 'completed');
  expect(await pictureWidths(page)).toEqual([1024]);
  expect(await page.title()).toBe('Completed · A lighthouse in the fog, seen from the sea · Callsheet');
  await page.goto(`${stack.url}/tasks`);
  await waitForTruth(page, "document.querySelector('li img')?.naturalWidth > 0");
  expect(errors).toEqual([]);
});

browserTest('several pictures of one task stand side by side', async () => {
  const { page } = await openPage();
  const id = await stack.enqueue('media', pictureOf('Three of a kind', 100, { num_images: 3 }));
  await page.goto(`${stack.url}/tasks/${id}`);
  await waitForState(page, 'completed');
  expect(await pictureWidths(page)).toEqual([320, 320, 320]);
});

browserTest('a refresh half-way goes on where it was and sees the end', async () => {
  const { page } = await openPage();
  await page.goto(`${stack.url}/tasks/${await stack.enqueue('media', pictureOf('Half-way', 3_000))}`);
  await waitForState(page, 'running');
  await waitForTruth(
    page,
    "document.querySelector('article [role=progressbar]')?.getAttribute('aria-valuenow') > 20",
  );
  await page.reload();
  await waitForState(page, 'running');
  await waitForState(page, 'completed');
  expect(await pictureWidths(page)).toEqual([320]);
});

browserTest(
  'a failing task shows the kind of its error and its message as text, the rest folded',
  async () => {
    const { page } = await openPage();
    await page.goto(`${stack.url}/?actor=paint`);
    await page.getByLabel('Wall').fill('the north wall');
    await page.getByRole('button', { name: 'Start it' }).click();
    await waitForState(page, 'failed');
    const error = page.getByRole('region', { name: 'Error' });
    await error.getByText('NoPaint').first().waitFor();
    await error.getByText('There is no paint left for <b>the north wall</b>', { exact: true }).waitFor();
    expect(await error.locator('pre').isVisible()).toBe(false);
    await error.getByText('Where it came from').click();
    expect(await error.locator('pre').textContent()).toContain('actors.mjs');
    expect(await page.locator('section[aria-labelledby=attempts] li').count()).toBe(1);
  },
);

browserTest('bad input is said at its field, by the page where it can and else by the server', async () => {
  const { page } = await openPage();
  await page.goto(`${stack.url}/?actor=paint`);
  const wall = page.getByLabel('Wall');
  await wall.waitFor();
  await page.getByRole('button', { name: 'Start it' }).click();
  expect(await wall.getAttribute('aria-invalid')).toBe('true');
  await page.getByText('This is needed.').waitFor();
  await wall.fill('the south wall');
  await page.getByLabel('Mail').fill('nobody');
  await page.getByRole('button', { name: 'Start it' }).click();
  const said = page.locator('[id="field/mail:problem"]');
  await said.waitFor();
  expect(await said.textContent()).toContain('email');
  expect(await page.getByLabel('Mail').getAttribute('aria-invalid')).toBe('true');
  expect(new URL(page.url()).pathname).toBe('/');
});

browserTest('a waiting task says what is before it, and is cancelled after a question', async () => {
  const { page } = await openPage();
  const running = await stack.enqueue('queueing', { ms: 60_000 });
  const waiting = await stack.enqueue('queueing', { ms: 60_001 });
  await page.goto(`${stack.url}/tasks/${waiting}`);
  await waitForState(page, 'pending');
  await page.getByText('The one slot is taken. Next in line.').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Keep it' }).click();
  await waitForState(page, 'pending');
  await page.getByRole('button', { name: 'Cancel' }).click();
  await page.getByRole('button', { name: 'Cancel the task' }).click();
  await waitForState(page, 'cancelled');
  expect(await page.getByRole('button', { name: 'Cancel' }).count()).toBe(0);
  await fetch(`${stack.url}/api/task/${running}/cancel`, { method: 'POST' });
});

browserTest('with the keyboard alone: ask, and cancel', async () => {
  const { page } = await openPage();
  await page.goto(stack.url);
  await page.getByLabel('What should be in it?').focus();
  await page.keyboard.type('By hand');
  await page.keyboard.press('Control+Enter');
  await page.waitForURL('**/tasks/tq_*');
  await page.getByRole('button', { name: 'Cancel' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Keep it' }).waitFor();
  await page.keyboard.press('Escape');
  expect(await page.getByRole('button', { name: 'Keep it' }).isVisible()).toBe(false);
  await waitForTruth(page, "document.activeElement?.textContent === 'Cancel'");
});

browserTest('a prompt with markup in it is text on every page, and runs nothing', async () => {
  const { page, errors } = await openPage();
  const evil = `"><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`;
  const id = await stack.enqueue('media', pictureOf(evil));
  await page.goto(`${stack.url}/tasks/${id}`);
  await waitForState(page, 'completed');
  expect(await page.locator('h1').textContent()).toBe(evil);
  expect(await pictureWidths(page)).toEqual([320]);
  await page.goto(`${stack.url}/tasks`);
  await page.getByText(evil).waitFor();
  expect(await page.locator('img[src=x]').count()).toBe(0);
  expect(await page.title()).toBe('Tasks · Callsheet');
  expect(errors).toEqual([]);
});

browserTest('a finished task opens no stream', async () => {
  const { page } = await openPage();
  const id = await stack.enqueue('media', pictureOf('Soon done', 0));
  await page.goto(`${stack.url}/tasks/${id}`);
  await waitForState(page, 'completed');
  const { opened } = countStreams(page);
  await page.reload();
  await page.waitForSelector('[data-connection=finished]');
  await pictureWidths(page);
  expect(opened).toEqual([]);
});

browserTest('three tasks at once are watched by one stream', async () => {
  const { page } = await openPage();
  const { opened } = countStreams(page);
  await page.goto(`${stack.url}/tasks`);
  await page.waitForSelector('[data-connection=live]');
  const names = ['First of three', 'Second of three', 'Third of three'];
  for (const name of names) await stack.enqueue('media', pictureOf(name, 800));
  for (const name of names) {
    await page.locator('li', { hasText: name }).filter({ hasText: 'Completed' }).waitFor();
  }
  expect(opened).toEqual([`${stack.url}/api/tasks/stream?all=1`]);
});
