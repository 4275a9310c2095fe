// Idempotency-Key: one key makes one task, whoever asks how often, on every route that makes tasks.
import { beforeAll, expect, test } from 'vitest';
import { completeTasks, createSchedule, putJob } from '../../queue/index.ts';
import { canonical } from '../../server/idempotency.ts';
import { createApp, parseKeys } from '../../server/index.ts';
import { withFailPoint } from '../helpers/faults.ts';
import { addWorker, bodyOf, claimAll, json, openApp, type TestApp } from './setup.ts';

let t: TestApp;
beforeAll(async () => {
  t = await openApp();
  await addWorker(t.queue);
});

const keyed = (body: unknown, more: Record<string, string>): RequestInit => ({
  ...json(body),
  headers: { 'content-type': 'application/json', ...more },
});
const post = async (path: string, body: unknown, key: string | null, more: Record<string, string> = {}) =>
  t.app.request(path, keyed(body, { ...(key !== null && { 'Idempotency-Key': key }), ...more }));
const task = { actor: 'sleep', payload: { ms: 5 } };
const make = async (key: string | null, body: unknown = task) => post('/api/task', body, key);
const replayed = (answer: Response) => answer.headers.get('Idempotent-Replayed');
const count = () => t.queue.tasks.countDocuments();

test('the same key and body get the first task; another body is refused, another key is another task', async () => {
  const first = await make('k1');
  expect([first.status, replayed(first)]).toEqual([202, null]);
  const { task_id } = await bodyOf(first);
  // The same, with its keys in another order and written otherwise.
  const again = await make('k1', '{ "payload":{"ms":5.0}, "actor":"sl\\u0065ep" }');
  expect([again.status, replayed(again), (await bodyOf(again)).task_id]).toEqual([202, 'true', task_id]);
  expect(again.headers.get('location')).toBe(`/api/task/${task_id}`);
  const other = await make('k1', { ...task, priority: 1 });
  expect(other.status).toBe(422);
  expect(await bodyOf(other)).toMatchObject({ type: 'urn:callsheet:problems/idempotency-reuse' });
  expect((await bodyOf(make('k2'))).task_id).not.toBe(task_id);
  expect((await bodyOf(make(null))).task_id).not.toBe(task_id);
});

test('a quoted key is the bare one; one that is empty or too long is refused', async () => {
  const { task_id } = await bodyOf(make('quo"te\\d'));
  expect(await bodyOf(make('"quo\\"te\\\\d"'))).toMatchObject({ task_id });
  expect((await make('x'.repeat(255))).status).toBe(202);
  expect((await make(`"${'x'.repeat(255)}"`)).headers.get('Idempotent-Replayed')).toBe('true');
  const before = await count();
  for (const bad of ['x'.repeat(256), '""', ' ']) {
    const answer = await make(bad);
    expect([bad.length, answer.status]).toEqual([bad.length, 422]);
    expect((await bodyOf(answer)).errors[0]?.pointer).toBe('/Idempotency-Key');
  }
  expect(await count()).toBe(before);
});

test('a refused request does not use its key up', async () => {
  for (const bad of [
    { ...task, payload: {} },
    { ...task, actor: 'nobody' },
    { ...task, priorty: 1 },
  ])
    expect((await make('later', bad)).status).toBeGreaterThanOrEqual(400);
  const made = await make('later');
  expect([made.status, replayed(made)]).toEqual([202, null]);
});

test('twenty at once with one key make one task, every time', async () => {
  for (let round = 0; round < 25; round++) {
    const before = await count();
    const answers = await Promise.all(Array.from({ length: 20 }, () => make(`race ${round}`)));
    expect(new Set(answers.map(answer => answer.status))).toEqual(new Set([202]));
    const ids = await Promise.all(answers.map(async answer => (await bodyOf(answer)).task_id));
    expect(new Set(ids).size).toBe(1);
    expect(answers.filter(answer => replayed(answer) === null)).toHaveLength(1);
    expect(await count()).toBe(before + 1);
  }
});

test('at once with one key and two bodies, one wins and the other is refused', async () => {
  for (let round = 0; round < 10; round++) {
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => make(`clash ${round}`, { ...task, priority: n % 2 })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      ...Array.from({ length: 5 }, () => 202),
      ...Array.from({ length: 5 }, () => 422),
    ]);
  }
});

test('two servers agree', async () => {
  const other = createApp({ queue: t.queue, content: t.content });
  for (let round = 0; round < 10; round++) {
    const init = keyed(task, { 'Idempotency-Key': `two ${round}` });
    const both = await Promise.all([t.app, other].map(async app => bodyOf(app.request('/api/task', init))));
    expect(both[0]!.task_id).toBe(both[1]!.task_id);
  }
});

test('an answer that was lost leaves one task, whatever went wrong', async () => {
  for (const [n, fault] of [
    { closeConnection: true },
    { errorCode: 91 },
    { writeConcernError: { code: 64, errmsg: 'slow' } },
  ].entries()) {
    const before = await count();
    const broken = { failCommands: ['insert'], times: 20, ...fault };
    const lost = await withFailPoint(t.queue.db, broken, async () => make(`lost ${n}`));
    // The fault point is the whole mongod's: a test elsewhere may have switched it off.
    expect([202, 503]).toContain(lost.status);
    const again = await make(`lost ${n}`);
    expect(again.status).toBe(202);
    expect(await bodyOf(make(`lost ${n}`))).toMatchObject({ task_id: (await bodyOf(again)).task_id });
    expect(await count()).toBe(before + 1);
  }
});

test('the key stays with its task for life', async () => {
  const { task_id } = await bodyOf(make('life', { actor: 'any', payload: {} }));
  const held = (await claimAll(t.queue)).filter(({ _id }) => _id === task_id);
  await completeTasks(
    t.queue,
    held.map(one => ({ task: one, result: 1 })),
  );
  const again = await make('life', { actor: 'any', payload: {} });
  expect(replayed(again)).toBe('true');
  expect(await bodyOf(again)).toMatchObject({ task_id, status: 'completed', queue: null });
});

test('with a dedupe key: the live task answers, and remembers whom it answered', async () => {
  const deduped = { actor: 'any', payload: {}, dedupe_key: 'only' };
  const { task_id } = await bodyOf(make('d1', deduped));
  const second = await make('d2', deduped);
  expect([second.headers.get('Deduplicated'), replayed(second)]).toEqual(['true', null]);
  expect(await bodyOf(second)).toMatchObject({ task_id });
  const races = await Promise.all(Array.from({ length: 20 }, () => make('d3', deduped)));
  for (const answer of races) expect(await bodyOf(answer)).toMatchObject({ task_id });
  const held = (await claimAll(t.queue)).filter(({ _id }) => _id === task_id);
  await completeTasks(
    t.queue,
    held.map(one => ({ task: one, result: 1 })),
  );
  for (const key of ['d1', 'd2', 'd3']) {
    const again = await make(key, deduped);
    expect([key, replayed(again), (await bodyOf(again)).task_id]).toEqual([key, 'true', task_id]);
  }
  expect((await make('d2', { ...deduped, priority: 3 })).status).toBe(422);
  expect((await bodyOf(make('d4', deduped))).task_id).not.toBe(task_id);
});

test('many at once: the same request gets the same tasks, one that says something else makes none', async () => {
  const tasks = Array.from({ length: 7 }, (_, n) => ({ actor: 'any', payload: { n } }));
  const first = await post('/api/tasks', { tasks }, 'bulk');
  const { task_ids } = await bodyOf(first);
  const again = await post('/api/tasks', { tasks }, '"bulk"');
  expect([again.status, replayed(again), (await bodyOf(again)).task_ids]).toEqual([202, 'true', task_ids]);
  const before = await count();
  for (const other of [tasks.slice(0, 3), [...tasks, tasks[0]!], tasks.toReversed()])
    expect((await post('/api/tasks', { tasks: other }, 'bulk')).status).toBe(422);
  expect(await count()).toBe(before);
  const races = await Promise.all(Array.from({ length: 10 }, () => post('/api/tasks', { tasks }, 'bulk2')));
  const answers = await Promise.all(races.map(async answer => bodyOf(answer)));
  expect(new Set(answers.map(answer => answer.task_ids.join())).size).toBe(1);
  expect(await count()).toBe(before + 7);
});

test('a request for many that broke off half-way is completed by its repeat', async () => {
  const tasks = Array.from({ length: 9 }, (_, n) => ({ actor: 'any', payload: { half: n } }));
  const { task_ids } = await bodyOf(post('/api/tasks', { tasks }, 'half'));
  // As a crash between two parts of the insert leaves it.
  await t.queue.tasks.deleteMany({ _id: { $in: [task_ids[2]!, task_ids[5]!, task_ids[8]!] } });
  const before = await count();
  const again = await bodyOf(post('/api/tasks', { tasks }, 'half'));
  expect(await count()).toBe(before + 3);
  const kept = [0, 1, 3, 4, 6, 7];
  expect(kept.map(n => again.task_ids[n])).toEqual(kept.map(n => task_ids[n]));
  const rows = await t.queue.tasks.find({ 'payload.half': { $exists: true } }).toArray();
  expect(new Set(rows.map(row => row.payload.half))).toEqual(new Set(tasks.keys()));
  expect(rows).toHaveLength(9);
  expect(await bodyOf(post('/api/tasks', { tasks }, 'half'))).toMatchObject({ task_ids: again.task_ids });
});

test('every other route that makes tasks knows keys, and each for itself', async () => {
  const { queue } = t;
  await addWorker(queue);
  const schedule = await createSchedule(queue, { cron: '0 9 * * *', actor: 'any', payload: {} });
  const job = { category: 'modifiers', name: 'fit', schema: { type: 'object' } };
  await putJob(queue, 'lab', job, { replace: false });
  await putJob(queue, 'lab2', job, { replace: false });
  for (const run of ['run1', 'run2'])
    await t.app.request(`/api/workflow/${run}/interaction/i1`, json({}, 'PUT'));
  const action = { provider: 'studio', action_type: 'txt2img', params: {} };
  const asks: [string, unknown][] = [
    [`/api/v1/schedules/${schedule._id}/run`, {}],
    ['/api/v1/rooms/lab/tasks/lab%3Amodifiers%3Afit', { payload: {} }],
    ['/v1/joblib/rooms/lab2/tasks/lab2%3Amodifiers%3Afit', { payload: {} }],
    ['/workflow/run1/interaction/i1/sub-action', action],
    ['/workflow/run2/interaction/i1/sub-action', action],
    ['/api/v1/tasks/any/$execute', { params: {} }],
    ['/api/task', { actor: 'any', payload: {} }],
  ];
  const ids = new Set<string>();
  for (const [path, body] of asks) {
    const hurry = { Prefer: 'wait=0' };
    const [first, again] = [await post(path, body, 'same', hurry), await post(path, body, 'same', hurry)];
    expect([path, first.status, replayed(first)]).toEqual([path, 202, null]);
    expect([path, again.status, replayed(again)]).toEqual([path, 202, 'true']);
    const { task_id } = await bodyOf(first);
    expect(await bodyOf(again)).toMatchObject({ task_id });
    ids.add(task_id);
  }
  expect(ids.size).toBe(asks.length);
  // By its other address it is the same.
  const alias = await post('/api/workflow/run1/interaction/i1/sub-action', action, 'same');
  expect(replayed(alias)).toBe('true');
});

test('keys of one owner mean nothing to another', async () => {
  const { queue, content } = t;
  const app = createApp({ queue, content, keys: parseKeys('a:write:secret-a,b:write:secret-b') });
  const ask = async (secret: string) => {
    const own = { Authorization: `Bearer ${secret}`, 'Idempotency-Key': 'shared' };
    const answer = await app.request('/api/task', keyed(task, own));
    return (await bodyOf(answer)).task_id;
  };
  const [a, b] = [await ask('secret-a'), await ask('secret-b')];
  expect(a).not.toBe(b);
  expect([await ask('secret-a'), await ask('secret-b')]).toEqual([a, b]);
});

test('what is stored of a key are hashes, and nobody is shown them', async () => {
  const { task_id } = await bodyOf(make('a secret key'));
  const stored = await t.queue.tasks.findOne({ _id: task_id });
  expect(stored!.idempotency).toEqual([
    { key: expect.stringMatching(/^[\w-]{43}$/), body: expect.stringMatching(/^[\w-]{43}$/) },
  ]);
  const shown = await (await t.app.request(`/api/task/${task_id}`)).text();
  expect(shown).not.toContain('idempotency');
  expect(shown).not.toContain(stored!.idempotency![0]!.key);
});

test('bodies are compared by what they say', () => {
  const text = (json: string) => canonical(JSON.parse(json));
  expect(text('{"b":[1,{"d":2,"c":1}],"a":"\\u00e9"}')).toBe(text('{"a":"é","b":[1.0,{"c":1,"d":2}]}'));
  for (const [a, b] of [
    ['[1,2]', '[2,1]'],
    ['{"a":null}', '{}'],
    ['{"a":1e999}', '{"a":null}'],
    ['"1"', '1'],
    ['{"__proto__":1}', '{}'],
    ['{"a":{"b":1}}', '{"a":{},"b":1}'],
  ] as const)
    expect(text(a)).not.toBe(text(b));
  expect(() => text(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)).toThrow(/nested/);
});
