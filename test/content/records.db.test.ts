// Generation records, content records and interactions.
import type { Db } from 'mongodb';
import { beforeAll, expect, test } from 'vitest';
import {
  type Content,
  completeGeneration,
  discardContents,
  failGeneration,
  failOrphanedGenerations,
  GenerationClosed,
  getContent,
  getGeneration,
  getInteraction,
  isContentId,
  listGenerations,
  type NewGeneration,
  newContentId,
  openContent,
  putInteraction,
  readContent,
  recordAnswer,
  startGeneration,
  storeContent,
} from '../../content/index.ts';
import { testDatabase } from '../helpers/mongo.ts';

let db: Db;
let content: Content;
beforeAll(async () => {
  db = await testDatabase();
  content = await openContent(db);
});

// What an operator, an expression, a path or a prototype would be, were it not data.
const hostile = JSON.parse(
  '{"$set":{"x":1},"$where":"1","a.b":"$name","n":{"$gt":"$$NOW"},"__proto__":{"y":2},"":3}',
);

const request = (rest: Partial<NewGeneration> = {}): NewGeneration => ({
  workflow_run_id: 'run',
  interaction_id: null,
  provider: 'studio',
  prompt_id: null,
  operation: 'txt2img',
  request_params: { prompt: 'fox' },
  source_data: null,
  task_id: null,
  attempt: 1,
  ...rest,
});

const answer = { provider_task_id: 'job', response_data: hostile, cost: { amount: 2, unit: 'CREDITS' } };

async function* body(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

const store = (metadata_id: string, content_id = newContentId(), rest: object = {}) =>
  storeContent(content, {
    content_id,
    metadata_id,
    workflow_run_id: 'run',
    index: 0,
    provider_url: null,
    content_type: 'image/png',
    extension: 'png',
    body: body('bytes'),
    ...rest,
  });

const remains = async () => ({
  records: await content.contents.countDocuments(),
  files: await db.collection('media.files').countDocuments(),
  chunks: await db.collection('media.chunks').countDocuments(),
});

test('a generation is processing, then completed, with times of the database', async () => {
  const before = await databaseTime();
  const metadata_id = await startGeneration(
    content,
    request({ request_params: hostile, source_data: hostile }),
  );
  expect(metadata_id).toMatch(/^gm_[0-9a-f-]{36}$/);
  const started = await getGeneration(content, metadata_id);
  expect(started).toMatchObject({
    status: 'processing',
    completed_at: null,
    provider_task_id: null,
    content_ids: [],
  });
  await recordAnswer(content, metadata_id, { ...answer, content_ids: ['gc_x'] });
  await completeGeneration(content, metadata_id);
  const done = await getGeneration(content, metadata_id);
  expect(done).toMatchObject({ status: 'completed', metadata_id, ...answer, content_ids: ['gc_x'] });
  for (const at of [done!.created_at, done!.completed_at!]) {
    expect(at.getTime()).toBeGreaterThanOrEqual(before);
    expect(at.getTime()).toBeLessThanOrEqual(await databaseTime());
  }
});

async function databaseTime(): Promise<number> {
  const { localTime } = await db.command({ hello: 1 });
  return localTime.getTime();
}

test('what a caller or a provider says is kept as data, whatever its keys', async () => {
  const metadata_id = await startGeneration(
    content,
    request({ request_params: hostile, source_data: hostile }),
  );
  await recordAnswer(content, metadata_id, { ...answer, content_ids: [] });
  const kept = await getGeneration(content, metadata_id);
  for (const value of [kept?.request_params, kept?.source_data, kept?.response_data])
    expect(JSON.stringify(value)).toBe(JSON.stringify(hostile));
});

test('a failed generation keeps its message and loses what it stored', async () => {
  const before = await remains();
  const metadata_id = await startGeneration(content, request());
  const ids = [newContentId(), newContentId()];
  await recordAnswer(content, metadata_id, { ...answer, content_ids: ids });
  await store(metadata_id, ids[0]);
  // The second one lost its process between its bytes and its record.
  await content.blobs.put(ids[1]!, body('half'), { content_type: 'image/png' });
  await failGeneration(content, metadata_id, 'the second download broke off');
  expect(await getGeneration(content, metadata_id)).toMatchObject({
    status: 'failed',
    error_message: 'the second download broke off',
    completed_at: expect.any(Date),
  });
  expect(await remains()).toEqual(before);
});

test('a completed generation cannot be failed, and keeps its pictures', async () => {
  const metadata_id = await startGeneration(content, request());
  const content_id = newContentId();
  await recordAnswer(content, metadata_id, { ...answer, content_ids: [content_id] });
  await store(metadata_id, content_id);
  await completeGeneration(content, metadata_id);
  await failGeneration(content, metadata_id, 'too late');
  expect(await getGeneration(content, metadata_id)).toMatchObject({
    status: 'completed',
    error_message: null,
  });
  expect(await getContent(content, content_id)).not.toBeNull();
});

test('a later attempt closes what the earlier ones of its task left, and nothing else', async () => {
  const before = await remains();
  const content_id = newContentId();
  const first = await startGeneration(content, request({ task_id: 'tq_1', attempt: 1 }));
  await recordAnswer(content, first, { ...answer, content_ids: [content_id] });
  await store(first, content_id);
  const other = await startGeneration(content, request({ task_id: 'tq_2', attempt: 1 }));
  const second = await startGeneration(content, request({ task_id: 'tq_1', attempt: 2 }));
  // A worker that was only paused begins late: it must not close its successor.
  await startGeneration(content, request({ task_id: 'tq_1', attempt: 1 }));
  const statuses = await Promise.all(
    [first, other, second].map(async id => (await getGeneration(content, id))?.status),
  );
  expect(statuses).toEqual(['failed', 'processing', 'processing']);
  expect((await getGeneration(content, first))?.error_message).toBe('Superseded by attempt 2 of its task.');
  expect(await remains()).toEqual(before);
});

test('what tasks left open that have ended is closed with its bytes; what may go on stays', async () => {
  const before = await remains();
  const content_id = newContentId();
  const orphan = await startGeneration(content, request({ task_id: 'tq_ended', attempt: 1 }));
  await recordAnswer(content, orphan, { ...answer, content_ids: [content_id] });
  await store(orphan, content_id);
  const running = await startGeneration(content, request({ task_id: 'tq_live', attempt: 1 }));
  const nobodys = await startGeneration(content, request({ task_id: null }));
  const done = await startGeneration(content, request({ task_id: 'tq_done', attempt: 1 }));
  await completeGeneration(content, done);
  const many = Array.from({ length: 250 }, (_, n) => request({ task_id: `tq_many${n}` }));
  await Promise.all(many.map(one => startGeneration(content, one)));
  const asked: string[] = [];
  const findLive = async (task_ids: string[]) => {
    asked.push(...task_ids);
    return new Set(task_ids.filter(id => id !== 'tq_ended' && !id.startsWith('tq_many')));
  };
  expect(await failOrphanedGenerations(content, findLive)).toBe(251);
  expect(asked).not.toContain('tq_done');
  const ids = [orphan, running, nobodys, done];
  const statuses = await Promise.all(ids.map(async id => (await getGeneration(content, id))?.status));
  expect(statuses).toEqual(['failed', 'processing', 'processing', 'completed']);
  expect(await remains()).toEqual(before);
  expect(await failOrphanedGenerations(content, findLive)).toBe(0);
});

test('an attempt that was closed is told so, whatever it wants to write', async () => {
  const metadata_id = await startGeneration(content, request());
  await failGeneration(content, metadata_id, 'superseded');
  await expect(recordAnswer(content, metadata_id, { ...answer, content_ids: [] })).rejects.toThrow(
    GenerationClosed,
  );
  await expect(completeGeneration(content, metadata_id)).rejects.toThrow(GenerationClosed);
});

test('the generations of a run are listed newest first, and bounded', async () => {
  const made: string[] = [];
  for (let n = 0; n < 3; n++)
    made.push(await startGeneration(content, request({ workflow_run_id: 'listed' })));
  await startGeneration(content, request({ workflow_run_id: 'another' }));
  const listed = await listGenerations(content, { workflow_run_id: 'listed' });
  expect(listed.map(({ metadata_id }) => metadata_id)).toEqual(made.toReversed());
  expect(await listGenerations(content, { workflow_run_id: 'listed', limit: 2 })).toHaveLength(2);
});

test('a content has its record and its bytes', async () => {
  const record = await store('gm_1');
  expect(record).toMatchObject({
    content_id: expect.stringMatching(/^gc_/),
    metadata_id: 'gm_1',
    size: 5,
    sha256: '277089d91c0bdf4f2e6862ba7e4a07605119431f5d13f726dd352b06f1b206a9',
    // The five bytes are no picture, whatever they are called.
    width: null,
    height: null,
    thumbnail: null,
    created_at: expect.any(Date),
  });
  expect(await getContent(content, record.content_id)).toEqual(record);
  const bytes = await readContent(content, record, { start: 1, end: 3 });
  expect(Buffer.concat(await bytes!.toArray()).toString()).toBe('yt');
});

test.each([
  ['its bytes break', { body: breaking() }],
  ['it is aborted', { signal: AbortSignal.abort(new Error('broken')) }],
])('a content leaves nothing when %s', async (_name, rest) => {
  const before = await remains();
  await expect(store('gm_1', newContentId(), rest)).rejects.toThrow('broken');
  expect(await remains()).toEqual(before);
});

async function* breaking(): AsyncGenerator<Buffer> {
  yield Buffer.from('some');
  throw new Error('broken');
}

test('contents are discarded with their bytes, more than once if need be', async () => {
  const before = await remains();
  const { content_id } = await store('gm_1');
  for (let times = 0; times < 2; times++) await discardContents(content, [content_id]);
  expect(await remains()).toEqual(before);
});

test('only content ids look like content ids', () => {
  expect(isContentId(newContentId())).toBe(true);
  for (const text of ['gc_', 'gm_0190b5a2-0000-7000-8000-000000000000', `${newContentId()}x`, '{"$gt":""}'])
    expect(isContentId(text)).toBe(false);
});

test('an interaction is created, then replaced whole, under its run', async () => {
  expect(await putInteraction(content, 'run', 'one', { old: 1 })).toBe('created');
  expect(await putInteraction(content, 'run', 'one', hostile)).toBe('replaced');
  const kept = await getInteraction(content, 'run', 'one');
  expect(JSON.stringify(kept?.body)).toBe(JSON.stringify(hostile));
  expect(kept!.updated_at.getTime()).toBeGreaterThanOrEqual(kept!.created_at.getTime());
  expect(await getInteraction(content, 'other', 'one')).toBeNull();
});

test('ids of interactions are text, never part of a query', async () => {
  await putInteraction(content, 'r', 'x', {});
  for (const id of ['$ne', 'x.y', '', '{"$gt":""}'])
    expect(await getInteraction(content, 'r', id)).toBeNull();
});

test('twenty callers who put one interaction at once create it once', async () => {
  const put = await Promise.all(
    Array.from({ length: 20 }, (_, n) => putInteraction(content, 'run', 'raced', { n })),
  );
  expect(put.filter(outcome => outcome === 'created')).toHaveLength(1);
});

test('the list of a run and the look for earlier attempts are served by indexes', async () => {
  const listed = await content.generations
    .find({ workflow_run_id: 'run' })
    .sort({ created_at: -1, _id: -1 })
    .explain();
  expect(JSON.stringify(listed.queryPlanner.winningPlan)).not.toMatch(/COLLSCAN|"SORT"/);
  const earlier = await content.generations.find({ task_id: 'tq_1', attempt: { $lt: 2 } }).explain();
  expect(JSON.stringify(earlier.queryPlanner.winningPlan)).toContain('"task"');
});
