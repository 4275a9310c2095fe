// The page of the HTTP contract, in a real browser: from our own files, under our own policy.
import { resolve } from 'node:path';
import { expect } from 'vitest';
import { browserTest, openPage } from '../helpers/chromium.ts';
import { openApp, serve } from '../server/setup.ts';

browserTest('/docs shows every operation, tries one out, and asks no other host for anything', async () => {
  // Its icon is the page's.
  const t = await openApp({}, { webuiDir: resolve(import.meta.dirname, '../../dist/webui') });
  const { url } = await serve(t);
  const { page, errors } = await openPage({ viewport: { width: 1200, height: 900 } });
  const elsewhere: string[] = [];
  page.on('request', request => {
    if (!request.url().startsWith(url) && !/^(?:data|blob):/.test(request.url()))
      elsewhere.push(request.url());
  });
  await page.goto(`${url}/docs`);
  await page.getByText('A task queue for slow, paid, rate-limited work').waitFor();
  const operation = page.locator('#operations-Server-getHealth');
  await operation
    .getByRole('button', { name: /healthz/ })
    .first()
    .click();
  await operation.getByRole('button', { name: 'Try it out' }).click();
  await operation.getByRole('button', { name: 'Execute' }).click();
  await operation.locator('.live-responses-table').getByText('"status": "ok"').waitFor();
  expect(await page.locator('.opblock').count()).toBeGreaterThan(40);
  expect(errors).toEqual([]);
  expect(elsewhere).toEqual([]);
});
