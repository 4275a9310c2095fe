// Retries on request, actions on many tasks, and the dead letters over HTTP.
import { beforeAll, expect, test } from 'vitest';
import { getTask } from '../../queue/index.ts';
import { bodyOf, enqueue, enqueueClaimed, enqueueDead, json, openApp, type TestApp } from './setup.ts';

let t: TestApp;
const request = (path: string, init?: RequestInit) => t.app.request(path, init);
const post = (path: string, body?: unknown) =>
  request(path, body === undefined ? { method: 'POST' } : json(body));
const act = async (body: unknown) => bodyOf(post('/api/tasks/actions', body));
const dlq = '/api/v1/admin/dlq';
const unknownId = 'tq_01a2071a-cf56-7000-8000-01c713f55ac4';
beforeAll(async () => {
  t = await openApp();
});

test('a failed task is tried again under its id: 202, and where to look', async () => {
  const id = await enqueueDead(t.queue);
  const answer = await post(`/api/task/${id}/retry`);
  expect([answer.status, await answer.json()]).toEqual([202, { task_id: id, status: 'queued' }]);
  expect(answer.headers.get('location')).toBe(`/api/task/${id}`);
  expect(await getTask(t.queue, id)).toMatchObject({ status: 'queued', retry_count: 0, attempt: 1 });
  expect((await post(`/api/task/${id}/retry`)).status).toBe(409);
});

test('a cancelled task may be retried; one that runs or is done may not; an unknown one is 404', async () => {
  const cancelled = await enqueue(t.queue);
  await post(`/api/task/${cancelled}/cancel`);
  expect((await post(`/api/task/${cancelled}/retry`)).status).toBe(202);
  const running = await enqueueClaimed(t.queue);
  const refused = await post(`/api/task/${running._id}/retry`);
  expect(refused.status).toBe(409);
  expect(await bodyOf(refused)).toMatchObject({
    type: 'urn:callsheet:problems/conflict',
    detail: 'Only failed and cancelled tasks can be retried; this one is processing.',
  });
  for (const id of [unknownId, 'x']) expect((await post(`/api/task/${id}/retry`)).status).toBe(404);
});

test('many are cancelled by their ids: those that can be; a dry run only counts', async () => {
  const ids = [await enqueue(t.queue), await enqueue(t.queue), (await enqueueClaimed(t.queue))._id];
  const body = { action: 'cancel', ids: [...ids, ids[0], unknownId, 'nonsense'] };
  // Claiming has taken the first two along: all three are running and are asked to stop.
  expect(await act({ ...body, dry_run: true })).toEqual({ matched: 3, changed: 0 });
  expect(await act(body)).toEqual({ matched: 3, changed: 3 });
  expect(await act(body)).toEqual({ matched: 0, changed: 0 });
});

test('many are chosen by a filter with the names of lists; a status or a tag may be a list', async () => {
  const run = 'bulk run';
  const tagged = { workflow_run_id: run, tags: ['a', 'b'] };
  for (const tags of [['a'], ['b'], ['a', 'b']]) await enqueue(t.queue, { ...tagged, tags });
  const late = await enqueue(t.queue, { ...tagged, delay_ms: 60_000 });
  const count = async (filter: object) =>
    act({ action: 'cancel', filter: { workflow_run_id: run, ...filter }, dry_run: true });
  expect(await count({})).toMatchObject({ matched: 4 });
  expect(await count({ tag: 'a' })).toMatchObject({ matched: 3 });
  expect(await count({ tag: ['a', 'b'] })).toMatchObject({ matched: 2 });
  expect(await count({ status: 'scheduled' })).toMatchObject({ matched: 1 });
  expect(await count({ status: ['scheduled', 'queued'] })).toMatchObject({ matched: 4 });
  expect(await count({ status: ['failed'] })).toMatchObject({ matched: 0 });
  expect(await count({ actor: 'sleep' })).toMatchObject({ matched: 0 });
  expect(await act({ action: 'cancel', filter: { workflow_run_id: run, tag: ['a', 'b'] } })).toEqual({
    matched: 2,
    changed: 2,
  });
  expect(await getTask(t.queue, late)).toMatchObject({ status: 'cancelled' });
});

const refusals: [string, unknown, string][] = [
  ['an empty filter', { action: 'cancel', filter: {} }, '/filter'],
  ['neither ids nor filter', { action: 'cancel' }, ''],
  ['both', { action: 'cancel', ids: ['x'], filter: { actor: 'any' } }, ''],
  ['no action', { ids: ['x'] }, '/action'],
  ['an unknown action', { action: 'delete', ids: ['x'] }, '/action'],
  ['no ids at all', { action: 'cancel', ids: [] }, '/ids'],
  ['1,001 ids', { action: 'cancel', ids: Array.from({ length: 1_001 }, (_, n) => `tq_${n}`) }, '/ids'],
  ['an id that is a query', { action: 'cancel', ids: [{ $gt: '' }] }, '/ids/0'],
  ['a filter that is a query', { action: 'cancel', filter: { actor: { $ne: null } } }, '/filter/actor'],
  ['an operator as a field', { action: 'cancel', filter: { actor: 'any', $where: '1' } }, '/filter/$where'],
  ['an unknown status', { action: 'cancel', filter: { status: 'open' } }, '/filter/status'],
  ['an unknown field', { action: 'cancel', ids: ['x'], force: true }, '/force'],
  ['a dry run that is no boolean', { action: 'cancel', ids: ['x'], dry_run: 'no' }, '/dry_run'],
];

test.each(refusals)('%s is refused and named', async (_, body, pointer) => {
  const answer = await post('/api/tasks/actions', body);
  expect(answer.status).toBe(422);
  expect((await bodyOf(answer)).errors).toMatchObject([{ pointer }]);
});

test('dead letters: newest first, page by page, filtered, grouped', async () => {
  const fresh = await openApp();
  const ask = async (query = '') => bodyOf(fresh.app.request(`${dlq}${query}`));
  const ids: string[] = [];
  for (const type of ['Boom', 'Bang', 'Boom']) ids.push(await enqueueDead(fresh.queue, type));
  await enqueue(fresh.queue);
  const first = await ask('?limit=2');
  expect(first.items).toMatchObject([
    { task_id: ids[2], dead: true, error: { type: 'Boom' } },
    { task_id: ids[1] },
  ]);
  const second = await ask(`?limit=2&cursor=${first.next_cursor}`);
  expect(second).toMatchObject({ items: [{ task_id: ids[0] }], next_cursor: null });
  expect((await ask('?actor=any&error_type=Bang')).items).toMatchObject([{ task_id: ids[1] }]);
  expect((await ask('?actor=other')).items).toEqual([]);
  expect(await ask('?group=actor,error_type')).toEqual({
    items: [
      { actor: 'any', error_type: 'Boom', count: 2, latest_at: expect.any(String) },
      { actor: 'any', error_type: 'Bang', count: 1, latest_at: expect.any(String) },
    ],
    next_cursor: null,
  });
  for (const query of ['?group=payload', '?limit=0', '?limit=201', '?cursor=x', '?actor=', '?state=dead'])
    expect((await fresh.app.request(`${dlq}${query}`)).status, query).toBe(422);
});

test('one dead letter is retried or dismissed; what is none gets 409, what is unknown 404', async () => {
  const [a, b] = [await enqueueDead(t.queue), await enqueueDead(t.queue)];
  expect((await post(`${dlq}/${a}/retry`)).status).toBe(202);
  const dismissed = await post(`${dlq}/${b}/dismiss`);
  expect([dismissed.status, await dismissed.json()]).toEqual([
    200,
    { task_id: b, status: 'failed', dead: false },
  ]);
  expect((await post(`${dlq}/${b}/dismiss`)).status).toBe(409);
  expect((await post(`${dlq}/${unknownId}/dismiss`)).status).toBe(404);
  expect((await post(`${dlq}/${unknownId}/retry`)).status).toBe(404);
});

test('all dead letters that match at once; without conditions all; nothing can be cancelled there', async () => {
  const fresh = await openApp();
  const actOnDead = async (body: unknown) => bodyOf(fresh.app.request(`${dlq}/actions`, json(body)));
  for (const type of ['Boom', 'Boom', 'Bang']) await enqueueDead(fresh.queue, type);
  const pending = await enqueue(fresh.queue);
  const boom = { action: 'retry', filter: { error_type: 'Boom' } };
  expect(await actOnDead({ ...boom, dry_run: true })).toEqual({ matched: 2, changed: 0 });
  expect(await actOnDead(boom)).toEqual({ matched: 2, changed: 2 });
  expect(await actOnDead({ action: 'dismiss', filter: {} })).toEqual({ matched: 1, changed: 1 });
  expect((await bodyOf(fresh.app.request(dlq))).items).toEqual([]);
  expect(await getTask(fresh.queue, pending)).toMatchObject({ status: 'queued' });
  expect(await actOnDead({ action: 'cancel', ids: [pending] })).toMatchObject({
    status: 422,
    errors: [{ pointer: '/action' }],
  });
  expect(await actOnDead({ action: 'retry', filter: { workflow_run_id: 'x' } })).toMatchObject({
    status: 422,
  });
});
