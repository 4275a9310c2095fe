// `Prefer: wait`: an answer that is held until the task ends, and no longer.
import { afterEach, beforeAll, expect, test } from 'vitest';
import { completeTasks } from '../../queue/index.ts';
import { waitFor } from '../helpers/wait.ts';
import { bodyOf, claimAll, enqueue, json, openApp, serve, type TestApp } from './setup.ts';

let t: TestApp;
beforeAll(async () => {
  t = await openApp();
});
afterEach(() => waitFor(() => t.hub.size === 0));

const wait = (seconds: string) => ({ Prefer: `wait=${seconds}` });

async function complete(task_id: string, result: string): Promise<void> {
  const claimed = await waitFor(async () => (await claimAll(t.queue)).find(({ _id }) => _id === task_id));
  await completeTasks(t.queue, [{ task: claimed, result }]);
}

test('a new task that ends in time is answered whole, with 200', async () => {
  const asked = t.app.request('/api/task', {
    ...json({ actor: 'any', payload: { a: 1 } }),
    headers: { 'content-type': 'application/json', ...wait('30') },
  });
  const created = await waitFor(() => t.queue.tasks.findOne({ 'payload.a': 1 }));
  await complete(created._id, 'done');
  const answer = await asked;
  expect(answer.status).toBe(200);
  expect(answer.headers.get('preference-applied')).toBe('wait=30');
  expect(await answer.json()).toMatchObject({ task_id: created._id, status: 'completed', result: 'done' });
});

test('one that does not is answered like any new task, with 202', async () => {
  const began = performance.now();
  const answer = await t.app.request('/api/task', {
    ...json({ actor: 'any', payload: {} }),
    headers: { 'content-type': 'application/json', ...wait('1') },
  });
  expect(performance.now() - began).toBeGreaterThan(950);
  expect(answer.status).toBe(202);
  expect(answer.headers.get('preference-applied')).toBe('wait=1');
  expect(await bodyOf(answer)).toMatchObject({ status: 'queued' });
});

test('reading a task waits for its end, too; one that has ended is answered at once', async () => {
  const id = await enqueue(t.queue);
  const asked = t.app.request(`/api/task/${id}`, { headers: wait('60') });
  await waitFor(() => t.hub.size === 1);
  await complete(id, 'late');
  expect(await (await asked).json()).toMatchObject({ status: 'completed', result: 'late' });
  const again = await t.app.request(`/api/task/${id}`, { headers: wait('60') });
  expect(again.status).toBe(200);
});

test('an unknown task is not waited for', async () => {
  const id = 'tq_01a2071a-cf56-7000-8000-01c713f55ac4';
  expect((await t.app.request(`/api/task/${id}`, { headers: wait('60') })).status).toBe(404);
});

test.each([
  ['wait=9999', 'wait=60'],
  ['respond-async, wait=0', 'wait=0'],
  ['handling=lenient; wait="1"', 'wait=1'],
  ['wait=-1', null],
  ['wait=soon', null],
  ['wait', null],
])('the preference %o is applied as %o', async (Prefer, applied) => {
  const id = await enqueue(t.queue);
  await t.app.request(`/api/task/${id}/cancel`, { method: 'POST' });
  const answer = await t.app.request(`/api/task/${id}`, { headers: { Prefer } });
  expect([answer.status, answer.headers.get('preference-applied')]).toEqual([200, applied]);
});

test('a client that goes away leaves nothing behind', async () => {
  const { url } = await serve(t);
  const id = await enqueue(t.queue);
  const leaving = new AbortController();
  const asked = fetch(`${url}/api/task/${id}`, { headers: wait('60'), signal: leaving.signal });
  await waitFor(() => t.hub.size === 1);
  leaving.abort();
  await expect(asked).rejects.toThrow();
  await waitFor(() => t.hub.size === 0, { timeoutMs: 5_000 });
});

test('a stopping server answers what it knows', async () => {
  const other = await openApp();
  const id = await enqueue(other.queue);
  const asked = other.app.request(`/api/task/${id}`, { headers: wait('60') });
  await waitFor(() => other.hub.size === 1);
  other.hub.close();
  expect(await (await asked).json()).toMatchObject({ status: 'queued' });
});
