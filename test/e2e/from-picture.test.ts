// From a picture of one's own to a film, and finding all of it again: the whole way without leaving the page.
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { expect } from 'vitest';
import { browserTest, openPage } from '../helpers/chromium.ts';
import { pictureWidths, waitForState } from './support/look.ts';
import { pictureOf, stackForFile } from './support/stack.ts';

const stack = stackForFile();
const make = (page: Page) => page.getByRole('button', { name: 'Make it', exact: true });
const start = (page: Page) => page.getByLabel('Picture to start from');

async function png(width: number, height: number): Promise<Buffer> {
  const svg = `<svg width="${width}" height="${height}"><rect width="100%" height="100%" fill="#c52"/><circle cx="50%" cy="50%" r="30%" fill="#126"/></svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

browserTest('a picture is uploaded, printed anew, and the print becomes a film, over a refresh', async () => {
  const { page, errors } = await openPage();
  await page.goto(stack.url);
  await page.getByText('Picture from a picture').click();
  await start(page).setInputFiles({ name: 'own.png', mimeType: 'image/png', buffer: await png(480, 300) });
  await page.getByText(/^480 × 300 · /).waitFor();
  await page.getByLabel('What should be in it?').fill('Dusk in two colours');
  await page.reload();
  await page.getByText(/^480 × 300 · /).waitFor();
  expect(await page.getByLabel('What should be in it?').inputValue()).toBe('Dusk in two colours');
  await make(page).click();
  await page.waitForURL('**/tasks/tq_*');
  await waitForState(page, 'running');
  await page.reload();
  await waitForState(page, 'completed');
  await page.getByText('An uploaded picture').waitFor();
  expect(await pictureWidths(page)).toEqual([480]);
  await page.getByRole('link', { name: 'Make a film' }).click();
  await page.getByText(/^480 × 300 · .* · WebP/).waitFor();
  expect(await page.getByLabel('What should be in it?').inputValue()).toBe('Dusk in two colours');
  await make(page).click();
  await page.waitForURL('**/tasks/tq_*');
  await waitForState(page, 'completed');
  await page.getByText('A picture made here').waitFor();
  expect(await pictureWidths(page)).toEqual([480]);
  const film = await fetch(new URL((await page.locator('figure img').getAttribute('src')) ?? '', stack.url));
  // An animated WebP says so in a chunk of its own.
  expect(Buffer.from(await film.arrayBuffer()).includes('ANIM')).toBe(true);
  expect(errors).toEqual([]);
});

browserTest('what the server refuses as a picture is said kindly, and another one is taken', async () => {
  const { page } = await openPage();
  await page.goto(stack.url);
  await page.getByText('Picture from a picture').click();
  const broken = { name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('no picture at all') };
  await start(page).setInputFiles(broken);
  await page.getByText('“broken.png” cannot be used: the bytes are no picture of a known kind.').waitFor();
  await start(page).setInputFiles({ ...broken, name: 'fine.png', buffer: await png(64, 64) });
  await page.getByText(/^64 × 64 · /).waitFor();
  expect(await page.getByRole('alert').count()).toBe(0);
});

browserTest('a picture is pasted, and dropped, and removed by the keyboard', async () => {
  const { page } = await openPage();
  await page.goto(`${stack.url}/?actor=media`);
  await page.getByText('Moving picture').click();
  await start(page).waitFor({ state: 'attached' });
  const bytes = (await png(90, 60)).toString('base64');
  for (const [event, carrier] of [
    ['paste', 'clipboardData'],
    ['drop', 'dataTransfer'],
  ]) {
    await page.evaluate(`(() => {
      const bytes = Uint8Array.from(atob('${bytes}'), letter => letter.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], 'moved.png', { type: 'image/png' }));
      const event = new Event('${event}', { bubbles: true, cancelable: true });
      Object.defineProperty(event, '${carrier}', { value: transfer });
      document.body.dispatchEvent(event);
    })()`);
    await page.getByText(/^90 × 60 · /).waitFor();
    await page.getByRole('button', { name: 'Remove the picture' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText(/or drop it here/).waitFor();
  }
});

browserTest(
  'the gallery has what was made; a picture of it has an address, and goes on from there',
  async () => {
    const { page } = await openPage();
    const id = await stack.enqueue('media', pictureOf('Terraces', 0));
    const picture = await stack.pictureFrom(id);
    await page.goto(`${stack.url}/gallery`);
    await page.getByRole('link', { name: 'Terraces' }).click();
    await page.getByRole('dialog', { name: 'Terraces' }).waitFor();
    expect(page.url()).toContain(`show=${picture}`);
    await page.reload();
    await page.getByRole('dialog', { name: 'Terraces' }).getByText('320 × 400').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'Terraces' }).press('Enter');
    await page.getByRole('link', { name: 'Change it' }).click();
    await page.getByText(/^320 × 400 · /).waitFor();
    expect(await page.getByLabel('What should be in it?').inputValue()).toBe('Terraces');
    await page.goBack();
    await page.getByRole('link', { name: 'See its task' }).click();
    await page.waitForURL(`**/tasks/${id}`);
  },
);

browserTest('no tile of the gallery moves while its pictures come', async () => {
  const { page } = await openPage();
  await stack.pictureFrom(await stack.enqueue('media', pictureOf('Steady', 0, { num_images: 3 })));
  await page.goto(`${stack.url}/gallery`);
  await page.evaluate(`window.shift = 0; new PerformanceObserver(list => {
    for (const entry of list.getEntries()) window.shift += entry.value;
  }).observe({ type: 'layout-shift' })`);
  await page.locator('.wall img').first().waitFor();
  await page.waitForLoadState('networkidle', { timeout: 2_000 }).catch(() => {});
  expect(await page.evaluate('window.shift')).toBeLessThan(0.02);
});
