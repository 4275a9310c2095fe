// Tasks that tasks spawned, over HTTP: their lists, and cancelling them with their parent.
import { beforeAll, expect, test } from 'vitest';
import { completeTasks, getTask, spawnTask, type TaskView } from '../../queue/index.ts';
import { bodyOf, claimAll, enqueue, enqueueClaimed, json, openApp, type TestApp } from './setup.ts';

let t: TestApp;
beforeAll(async () => {
  t = await openApp();
});

const unknownId = 'tq_01a2071a-cf56-7000-8000-01c713f55ac4';
const get = (path: string) => t.app.request(path);
const post = (path: string, body?: unknown) =>
  t.app.request(path, body === undefined ? { method: 'POST' } : json(body));
const idsOf = async (path: string): Promise<string[]> =>
  (await bodyOf(get(path))).items.map(item => item.task_id);

/** A running task with so many children, the oldest first. */
async function family(count: number) {
  const parent = await enqueueClaimed(t.queue);
  const children: string[] = [];
  for (let n = 0; n < count; n++)
    children.push((await spawnTask(t.queue, parent, { actor: 'any', payload: { n }, key: `${n}` })).task_id);
  return { parent, children };
}

test('a job is a task that a task spawned, in the form of any task; other tasks are none', async () => {
  const { parent, children } = await family(1);
  const job = (await (await get(`/api/v1/jobs/${children[0]}`)).json()) as TaskView;
  expect(job).toMatchObject({
    task_id: children[0],
    parent_id: parent._id,
    payload: { n: 0 },
    state: 'pending',
  });
  expect(job).toEqual(await (await get(`/api/task/${children[0]}`)).json());
  for (const id of [parent._id, unknownId, 'tq_1', '$ne'])
    expect((await get(`/api/v1/jobs/${id}`)).status).toBe(404);
  expect(await idsOf('/api/v1/jobs')).not.toContain(parent._id);
});

test('jobs are listed newest first, page by page, of all parents or of one', async () => {
  const { parent, children } = await family(5);
  const other = await family(1);
  const newest = children.toReversed();
  expect((await idsOf('/api/v1/jobs?limit=6')).toSorted()).toEqual(
    [...children, ...other.children].toSorted(),
  );
  for (const base of [`/api/v1/jobs?parent_id=${parent._id}&limit=2`, '/api/v1/jobs?limit=2']) {
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await bodyOf(get(`${base}${cursor}`));
      seen.push(...page.items.map(item => item.task_id));
      cursor = page.next_cursor === null ? '' : `&cursor=${page.next_cursor}`;
    } while (cursor);
    expect(new Set(seen).size).toBe(seen.length);
    const created = await Promise.all(
      seen.map(async id => (await getTask(t.queue, id))!.created_at.getTime()),
    );
    expect(created).toEqual(created.toSorted((a, b) => b - a));
    expect(seen.filter(id => newest.includes(id)).toSorted()).toEqual(newest.toSorted());
  }
  expect(await idsOf(`/api/v1/jobs?parent_id=${unknownId}`)).toEqual([]);
});

test('jobs are chosen by status, several meaning any', async () => {
  const { parent, children } = await family(3);
  await post(`/api/task/${children[1]}/cancel`);
  await claimAll(t.queue);
  const of = `parent_id=${parent._id}`;
  expect(await idsOf(`/api/v1/jobs?${of}&status=cancelled`)).toEqual([children[1]]);
  expect(await idsOf(`/api/v1/jobs?${of}&status=cancelled&status=processing`)).toHaveLength(3);
  expect(await idsOf(`/api/v1/jobs?${of}&status=queued`)).toEqual([]);
  expect(await idsOf('/api/v1/jobs?status=cancelled')).toContain(children[1]);
  expect(await idsOf('/api/v1/jobs?status=queued')).toEqual([]);
});

test.each([
  ['limit=0', '/limit'],
  ['status=done', '/status/0'],
  ['parent_id=', '/parent_id'],
  ['parent_id=a&parent_id=b', '/parent_id'],
  ['parent_id[$ne]=x', '/parent_id[$ne]'],
  ['cursor=x', '/cursor'],
  ['actor=any', '/actor'],
])('a list of jobs by ?%s is refused', async (query, pointer) => {
  const answer = await get(`/api/v1/jobs?${query}`);
  expect([answer.status, (await bodyOf(answer)).errors[0]?.pointer]).toEqual([422, pointer]);
});

test('a running task is cancelled with its children: 202 and how many; without, they stay', async () => {
  const { parent, children } = await family(2);
  expect((await post(`/api/task/${parent._id}/cancel?children=false`)).status).toBe(202);
  expect(await getTask(t.queue, children[0]!)).toMatchObject({ status: 'queued' });
  const answer = await post(`/api/task/${parent._id}/cancel?children=true`);
  expect([answer.status, await answer.json()]).toEqual([
    202,
    { task_id: parent._id, status: 'processing', children: { matched: 2, changed: 2 } },
  ]);
  for (const id of children) expect(await getTask(t.queue, id)).toMatchObject({ status: 'cancelled' });
});

test('the children of an ended task are cancelled by it too: 200, where it alone is a conflict', async () => {
  const { parent } = await family(2);
  await completeTasks(t.queue, [{ task: parent, result: null }]);
  expect((await post(`/api/task/${parent._id}/cancel`)).status).toBe(409);
  const counts = [
    { matched: 2, changed: 2 },
    { matched: 0, changed: 0 },
  ];
  for (const children of counts) {
    const answer = await post(`/api/task/${parent._id}/cancel?children=true`);
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { task_id: parent._id, status: 'completed', children },
    ]);
  }
});

test('a pending task without children answers 200 with none; an unknown one is 404', async () => {
  const id = await enqueue(t.queue);
  const answer = await post(`/api/task/${id}/cancel?children=true`);
  expect([answer.status, await answer.json()]).toEqual([
    200,
    { task_id: id, status: 'cancelled', children: { matched: 0, changed: 0 } },
  ]);
  expect((await post(`/api/task/${unknownId}/cancel?children=true`)).status).toBe(404);
  expect((await post(`/api/task/${id}/cancel?children=yes`)).status).toBe(422);
});

test('an action cancels with children too; no other action has any', async () => {
  const { parent, children } = await family(2);
  const body = { action: 'cancel', ids: [parent._id], children: true };
  const acted = (more: object) => bodyOf(post('/api/tasks/actions', { ...body, ...more }));
  expect(await acted({ dry_run: true })).toEqual({ matched: 3, changed: 0 });
  expect(await acted({})).toEqual({ matched: 3, changed: 3 });
  expect(await getTask(t.queue, children[0]!)).toMatchObject({ status: 'cancelled' });
  expect((await acted({ action: 'retry' })).errors).toEqual([
    { pointer: '/children', detail: 'belongs to cancel alone' },
  ]);
});
