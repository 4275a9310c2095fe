// The client in a real browser, bundled as a page would have it, under the server's own policy.
import { resolve } from 'node:path';
import { build } from 'vite';
import { expect } from 'vitest';
import type * as clientModule from '../../client/index.ts';
import { completeTasks } from '../../queue/index.ts';
import { browserTest, openPage } from '../helpers/chromium.ts';
import { enqueueClaimed, openApp, serve } from '../server/setup.ts';

async function bundle(): Promise<string> {
  const entry = resolve(import.meta.dirname, '../../client/index.ts');
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, minify: true, lib: { entry, formats: ['es'], fileName: 'client' } },
  });
  const [file] = [built].flat().flatMap(one => ('output' in one ? one.output : []));
  return file?.type === 'chunk' ? file.code : '';
}

browserTest('the client makes, watches and reads tasks in a page, as it stands in a bundle', async () => {
  const t = await openApp();
  const { url } = await serve(t);
  const code = await bundle();
  expect(code.length).toBeLessThan(25_000);
  const { page, errors } = await openPage();
  const files: Record<string, string> = {
    'client.js': code,
    'begin.js': `import * as callsheet from './client.js'; globalThis.callsheet = callsheet;`,
  };
  await page.route(`${url}/assets/*.js`, route =>
    route.fulfill({ contentType: 'text/javascript', body: files[route.request().url().split('/').at(-1)!]! }),
  );
  await page.goto(`${url}/`);
  await page.addScriptTag({ url: '/assets/begin.js', type: 'module' });
  const task = await enqueueClaimed(t.queue);
  const watching = page.evaluate(async task_id => {
    const { callsheet } = globalThis as typeof globalThis & { callsheet: typeof clientModule };
    const { createClient, Problem } = callsheet;
    const client = createClient();
    const seen: string[] = [];
    for await (const event of client.watch(task_id)) seen.push(event.event);
    const made = await client.createTask({ actor: 'any', payload: {} });
    const refused = await client.getTask('none').catch(error => error instanceof Problem && error.kind);
    return { seen, result: (await client.getTask(task_id)).result, made: made.status, refused };
  }, task._id);
  await expect.poll(() => t.hub.size).toBe(1);
  await completeTasks(t.queue, [{ task, result: 'seen' }]);
  const { seen, ...said } = await watching;
  expect(seen.at(-1)).toBe('complete');
  expect(said).toEqual({ result: 'seen', made: 'queued', refused: 'not-found' });
  expect(errors.filter(error => !/404/.test(error))).toEqual([]);
});
