// Schedules over HTTP: made, read, changed, run, removed; and everything that is refused.
import { beforeAll, expect, test } from 'vitest';
import { getTask } from '../../queue/index.ts';
import { bodyOf, json, openApp, type TestApp } from './setup.ts';

let t: TestApp;
const path = '/api/v1/schedules';
const request = (below = '', init?: RequestInit) => t.app.request(`${path}${below}`, init);
const asked = { cron: '0 9 * * *', actor: 'sleep', payload: { ms: 5 } };
const create = async (fields: object = {}) => bodyOf(request('', json({ ...asked, ...fields })));
beforeAll(async () => {
  t = await openApp();
});

test('a schedule is made: 201, where it is, and when it runs next', async () => {
  const answer = await request('', json({ ...asked, time_zone: 'Europe/Zurich' }));
  expect(answer.status).toBe(201);
  const shown = await bodyOf(answer);
  expect(shown).toEqual({
    schedule_id: expect.stringMatching(/^sch_/),
    ...asked,
    time_zone: 'Europe/Zurich',
    priority: 0,
    paused: false,
    next_run_at: expect.stringMatching(/T0[78]:00:00.000Z$/),
    last_task_id: null,
    last_error: null,
    created_at: expect.any(String),
  });
  expect(answer.headers.get('location')).toBe(`${path}/${shown.schedule_id}`);
  expect(await bodyOf(request(`/${shown.schedule_id}`))).toEqual(shown);
});

test('they are listed the oldest first, page by page', async () => {
  const fresh = await openApp();
  const ids: string[] = [];
  for (let n = 0; n < 3; n++)
    ids.push((await bodyOf(fresh.app.request(path, json({ ...asked, priority: n })))).schedule_id);
  const page = async (query: string) => bodyOf(fresh.app.request(`${path}?limit=2${query}`));
  const first = await page('');
  const second = await page(`&cursor=${first.next_cursor}`);
  expect([...first.items, ...second.items].map(item => item.schedule_id)).toEqual(ids);
  expect(second.next_cursor).toBeNull();
  for (const query of ['?limit=0', '?limit=201', '?cursor=!!!', '?cursor=', '?paused=1'])
    expect((await fresh.app.request(`${path}${query}`)).status, query).toBe(422);
});

test('a change is in force at once; paused, none is next; $-keys are data', async () => {
  const { schedule_id, next_run_at } = await create();
  const patch = async (fields: object) => bodyOf(request(`/${schedule_id}`, json(fields, 'PATCH')));
  expect(await patch({ paused: true })).toMatchObject({ paused: true, next_run_at: null });
  expect(await patch({ paused: false })).toMatchObject({ paused: false, next_run_at });
  expect(await patch({})).toMatchObject({ schedule_id, next_run_at });
  const hourly = await patch({ cron: '30 * * * *', actor: 'any', payload: { $set: '$actor' } });
  expect(hourly).toMatchObject({ actor: 'any', payload: { $set: '$actor' } });
  expect(hourly.next_run_at).toMatch(/:30:00/);
});

test('run now makes a task besides its ticks, also while paused', async () => {
  const { schedule_id } = await create({ paused: true });
  const answer = await request(`/${schedule_id}/run`, { method: 'POST' });
  expect(answer.status).toBe(202);
  const { task_id } = await bodyOf(answer);
  expect(answer.headers.get('location')).toBe(`/api/task/${task_id}`);
  expect(await getTask(t.queue, task_id)).toMatchObject({ actor: 'sleep', payload: { ms: 5 } });
  expect(await bodyOf(request(`/${schedule_id}`))).toMatchObject({ last_task_id: task_id });
});

test('removed, it is gone', async () => {
  const { schedule_id } = await create();
  const remove = async () => (await request(`/${schedule_id}`, { method: 'DELETE' })).status;
  expect([await remove(), await remove()]).toEqual([204, 404]);
  for (const [below, method] of [
    [`/${schedule_id}`, 'GET'],
    [`/${schedule_id}/run`, 'POST'],
    ['/sch_x', 'GET'],
    ['/$ne', 'DELETE'],
  ] as const)
    expect((await request(below, { method })).status, below).toBe(404);
  expect((await request(`/${schedule_id}`, json({ paused: true }, 'PATCH'))).status).toBe(404);
});

const refused: [string, object, string][] = [
  ['the 30th of February', { cron: '0 0 30 2 *' }, '/cron'],
  ['a cron of four fields', { cron: '* * * *' }, '/cron'],
  ['a cron that is none', { cron: 'every day at noon now' }, '/cron'],
  ['a cron that is no text', { cron: 5 }, '/cron'],
  ['an unknown time zone', { time_zone: 'Mars/Olympus' }, '/time_zone'],
  ['an empty time zone', { time_zone: '' }, '/time_zone'],
  ['a payload that its actor refuses', { payload: { ms: -1 } }, '/payload/ms'],
  ['a payload that is no object', { payload: [] }, '/payload'],
  ['a priority beyond the bounds', { priority: 1_001 }, '/priority'],
  ['a pause that is no boolean', { paused: 'yes' }, '/paused'],
  ['an unknown field', { next_run_at: 0 }, '/next_run_at'],
];

test.each(refused)(
  '%s is refused and named, in a new schedule and in a change',
  async (_, fields, pointer) => {
    const { schedule_id } = await create();
    for (const answer of [
      await request('', json({ ...asked, ...fields })),
      await request(`/${schedule_id}`, json(fields, 'PATCH')),
    ]) {
      expect(answer.status).toBe(422);
      expect((await bodyOf(answer)).errors).toMatchObject([{ pointer }]);
    }
  },
);

test('an unknown actor is 404; another actor must take the payload that is there', async () => {
  expect(await create({ actor: 'nobody' })).toMatchObject({
    status: 404,
    type: 'urn:callsheet:problems/unknown-actor',
  });
  const { schedule_id } = await create({ actor: 'any', payload: { x: 1 } });
  const answer = await request(`/${schedule_id}`, json({ actor: 'sleep' }, 'PATCH'));
  expect(answer.status).toBe(422);
  expect((await bodyOf(answer)).errors).toEqual([
    { pointer: '/payload/ms', detail: 'is missing' },
    { pointer: '/payload/x', detail: 'is not a known field' },
  ]);
});

test('what a schedule is missing is named', async () => {
  const { errors } = await bodyOf(request('', json({})));
  expect(errors.map(({ pointer }) => pointer)).toEqual(['/cron', '/actor', '/payload']);
});
