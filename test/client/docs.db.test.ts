// The examples of docs/client.md, run as they stand there.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../client/index.ts';
import { claimTasks, completeTasks, publishActors, updateProgress } from '../../queue/index.ts';
import { type Spawned, spawnNode } from '../helpers/processes.ts';
import { waitFor } from '../helpers/wait.ts';
import { describeActor, openApp, serve } from '../server/setup.ts';

const root = resolve(import.meta.dirname, '../..');

/** Runs the n-th example against a server, from the sources. */
async function runExample(n: number, url: string): Promise<Spawned> {
  const text = await readFile(join(root, 'docs/client.md'), 'utf8');
  const [, example = ''] = [...text.matchAll(/```js\n(.*?)```/gs)][n] ?? [];
  const folder = await mkdtemp(join(tmpdir(), 'callsheet-example-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'example.mjs');
  const client = pathToFileURL(join(root, 'client/index.ts')).href;
  await writeFile(file, example.replace('callsheet/client', client).replace('http://127.0.0.1:8080', url));
  return spawnNode(['--import', import.meta.resolve('tsx'), file]);
}

test('the example makes a task, watches it, reads it and is told what is wrong', async () => {
  const t = await openApp();
  await publishActors(t.queue, [describeActor('greet')]);
  const { url } = await serve(t);
  const child = await runExample(0, url);
  const want = { worker_id: 'w1', actors: new Set(['greet']), want: 1, share: { index: 0, of: 1 } };
  const [task] = await waitFor(async () => {
    const { tasks } = await claimTasks(t.queue, want);
    return tasks.length > 0 && tasks;
  });
  await updateProgress(t.queue, [{ task: task!, progress: { elapsed_ms: 1, message: 'Thinking' } }]);
  await child.waitForLine(/Thinking/);
  await completeTasks(t.queue, [{ task: task!, result: { greeting: 'Hello Ada' } }]);
  expect((await child.exited).code, child.lines.join('\n')).toBe(0);
  expect(child.lines).toContain("completed { greeting: 'Hello Ada' }");
  expect(child.lines).toContain(`${task!._id} completed`);
  expect(child.lines.at(-1)).toMatch(/^404 unknown-actor No actor is called "nobody"/);
});

test('the worker outside publishes a job, does what is asked of it, and leaves', async () => {
  const t = await openApp();
  const { url } = await serve(t);
  const child = await runExample(1, url);
  const { rooms, waitFor: end } = createClient({ url });
  const job = 'lab:analysis:shout';
  await waitFor(() => rooms.getJob('lab', job).catch(() => false));
  const ask = async (text: string) => end(await rooms.createTask('lab', job, { payload: { text } }));
  expect(await ask('hello')).toMatchObject({ status: 'completed', result: 'HELLO' });
  expect(await ask('bye')).toMatchObject({ status: 'completed', result: 'BYE' });
  expect((await child.exited).code, child.lines.join('\n')).toBe(0);
  expect((await rooms.getJob('lab', job)).workers).toEqual([]);
});
