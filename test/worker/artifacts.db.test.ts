// What actors keep besides their results: levels and labels, what is refused, and what a later attempt finds.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoNetworkError } from 'mongodb';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  type Artifact,
  type Content,
  expandArtifact,
  getArtifact,
  listArtifacts,
  openContent,
} from '../../content/index.ts';
import { enqueueTask, type Queue, type Task } from '../../queue/index.ts';
import { realTime } from '../../queue/pace/time.ts';
import { type ActorContext, type ArtifactInput, defineActor } from '../../worker/actors/actor.ts';
import { loadActors } from '../../worker/actors/load.ts';
import { ActorRegistry, InvalidActor } from '../../worker/actors/registry.ts';
import { newArtifacts } from '../../worker/artifacts.ts';
import { Attempt } from '../../worker/attempt.ts';
import { startWorker, type Worker } from '../../worker/worker.ts';
import { claimAll, testQueue } from '../helpers/queue.ts';
import { waitFor } from '../helpers/wait.ts';
import { taskWhen } from './start.ts';

let queue: Queue;
let content: Content;
let worker: Worker;
let work: (context: ActorContext) => unknown;
const keeper = defineActor({
  name: 'keeper',
  retry: { base_ms: 1 },
  artifact_levels: ['run', 'step'],
  execute: (_payload, context) => work(context),
});
beforeAll(async () => {
  queue = await testQueue();
  content = await openContent(queue.db);
  worker = await startWorker({ queue, content, actors: [keeper], drain_ms: 100 });
});
afterAll(() => worker.stop());

async function run(doing: typeof work): Promise<Task> {
  work = doing;
  const { task_id } = await enqueueTask(queue, { actor: 'keeper', payload: {} });
  return taskWhen(queue, task_id, ({ completed_at }) => completed_at !== undefined);
}

const savedBy = async ({ _id }: Task): Promise<Artifact[]> =>
  (await listArtifacts(content, { task_id: _id }, { limit: 200 })).items.toReversed();

test('an artifact stands one level below its parent, under the label of that level', async () => {
  const task = await run(async ({ artifacts }) => {
    const top = await artifacts.save({ data: { a: 1 }, metadata: { kind: 'config' } });
    const step = await artifacts.save({ data: [1, null], parent_id: top.artifact_id });
    return artifacts.save({ data: 'deep', parent_id: step.artifact_id });
  });
  const [top, step, deep] = await savedBy(task);
  expect(top).toEqual({
    artifact_id: expect.stringMatching(/^art_[0-9a-f-]{36}$/),
    task_id: task._id,
    parent_id: null,
    level: 0,
    label: 'run',
    data: { a: 1 },
    metadata: { kind: 'config' },
    created_at: expect.any(Date),
  });
  expect(step).toMatchObject({ level: 1, label: 'step', parent_id: top!.artifact_id, metadata: null });
  expect(deep).toMatchObject({ level: 2, label: 'level_2', data: 'deep' });
  expect(task.result).toEqual({ artifact_id: deep!.artifact_id });
});

test('an artifact may stand below one of another task', async () => {
  const first = await run(({ artifacts }) => artifacts.save({ data: 1 }));
  const [top] = await savedBy(first);
  const second = await run(({ artifacts }) => artifacts.save({ data: 2, parent_id: top!.artifact_id }));
  expect(await savedBy(second)).toMatchObject([{ level: 1, parent_id: top!.artifact_id }]);
});

test('under a key, what is saved first stays, over all attempts; without one, each saves its own', async () => {
  const ids = new Set<string>();
  const task = await run(async ({ attempt, artifacts }) => {
    const { artifact_id } = await artifacts.save({ data: { attempt }, key: 'config' });
    ids.add(artifact_id);
    await artifacts.save({ data: { attempt } });
    await Promise.all([1, 2, 3, 4].map(data => artifacts.save({ data, key: 'at once' })));
    if (attempt < 3) throw new Error('again');
  });
  expect(ids.size).toBe(1);
  const [id] = [...ids];
  const kept = (await getArtifact(content, id!))!;
  expect(kept.data).toEqual({ attempt: 1 });
  expect(kept.created_at.getTime()).toBeLessThan(task.started_at!.getTime());
  expect(await savedBy(task)).toHaveLength(2 + 3);
});

const odd = [
  '{"$set":{"x":1},"$where":"1","a.b":"$name","n":{"$gt":"$$NOW"},"__proto__":{"y":2},"":3}',
  '"$data"',
  '{"$literal":{"$$ROOT":"$$REMOVE"}}',
  '"a\\u0000b"',
  '{"constructor":{"prototype":[{"toString":1}]},"0":{"length":-1}}',
  '[[[{"a":[]}]],1e308,-1.5,9007199254740993,true,null,"💥"]',
  '{"$date":0,"$oid":"x","_id":5,"created_at":"never","bytes":-1}',
];

test.each(odd)('data that looks like something else is kept as it is: %s', async text => {
  const data = JSON.parse(text);
  const task = await run(({ artifacts }) => artifacts.save({ data, metadata: { data } }));
  const [saved] = await savedBy(task);
  expect(JSON.stringify(saved!.data)).toBe(JSON.stringify(data));
  expect(JSON.stringify(saved!.metadata)).toBe(JSON.stringify({ data }));
});

const deep = JSON.parse(`${'['.repeat(95)}${']'.repeat(95)}`);
const unknownId = 'art_01a2071a-cf56-7000-8000-01c713f55ac4';
const refused: [string, unknown, string][] = [
  ['no data', {}, "The artifact's data must be JSON."],
  ['nothing at all', undefined, 'The artifact'],
  [
    'a number that is none',
    { data: { a: [Number.NaN] } },
    "The artifact's data /a/0 must be a finite number.",
  ],
  ['a date', { data: new Date() }, "The artifact's data must be plain JSON."],
  ['a NUL in a key', { data: { 'a\0': 1 } }, 'has a key with a NUL'],
  ['broken Unicode', { data: '\ud800' }, 'has text with a lone surrogate'],
  ['a reference', { data: { $ref: 1, $id: 2 } }, 'may not have both'],
  ['too deep', { data: deep }, 'is nested deeper than'],
  ['too large', { data: 'x'.repeat(4 * 1024 ** 2) }, 'at most 4194304 are stored'],
  ['metadata that is no object', { data: 1, metadata: [1] }, "The artifact's metadata must be an object."],
  ['metadata that cannot be stored', { data: 1, metadata: { a: undefined } }, 'metadata /a must be JSON.'],
  ['an unknown parent', { data: 1, parent_id: unknownId }, `There is no artifact "${unknownId}"`],
  ['a parent that is a query', { data: 1, parent_id: { $ne: '' } }, "The artifact's parent_id"],
  ['an empty key', { data: 1, key: '' }, "The artifact's key"],
  ['an unknown field', { data: 1, task_id: 'tq_1' }, 'task_id'],
];

test.each(refused)('what cannot be kept is refused for good: %s', async (_, artifact, said) => {
  const task = await run(({ artifacts }) => artifacts.save(artifact as ArtifactInput));
  expect(task).toMatchObject({ dead: true, attempt: 1, error: { type: 'InvalidArtifact' } });
  expect(task.error!.message).toContain(said);
  expect(await savedBy(task)).toEqual([]);
});

test('a tree has sixteen levels', async () => {
  const task = await run(async ({ artifacts }) => {
    let parent_id: string | null = null;
    for (;;) parent_id = (await artifacts.save({ data: null, parent_id })).artifact_id as string;
  });
  expect(task.error!.message).toContain('16 levels');
  expect((await savedBy(task)).map(({ level }) => level)).toEqual(Array.from({ length: 16 }, (_, n) => n));
});

/** An attempt of a task that is claimed, whose claim is certain until then. */
async function attemptUntil(fence: number): Promise<Attempt> {
  const { task_id } = await enqueueTask(queue, { actor: 'echo', payload: {} });
  return new Attempt((await claimAll(queue)).find(({ _id }) => _id === task_id)!, fence, realTime);
}

const saverOf = (where: Content, attempt: Attempt) =>
  newArtifacts({ content: where, time: realTime, labels: () => [] }, attempt).save;

test('an outage while it is saved is waited out', async () => {
  let away = 3;
  const artifacts: Content['artifacts'] = Object.create(content.artifacts, {
    updateOne: {
      async value(...asked: Parameters<Content['artifacts']['updateOne']>) {
        const answer = await content.artifacts.updateOne(...asked);
        if (away-- > 0) throw new MongoNetworkError('its answer was lost');
        return answer;
      },
    },
  });
  const attempt = await attemptUntil(Number.POSITIVE_INFINITY);
  const saved = await saverOf({ ...content, artifacts }, attempt)({ data: 1 });
  expect(await savedBy(attempt.task)).toMatchObject([saved]);
});

test('an attempt whose claim may be lost saves nothing', async () => {
  const attempt = await attemptUntil(realTime.now());
  await expect(saverOf(content, attempt)({ data: 1 })).rejects.toThrow(/claim .* was lost/);
  expect(await savedBy(attempt.task)).toEqual([]);
});

test('the names of levels are checked when the actor is registered', () => {
  const execute = () => null;
  for (const artifact_levels of [[''], ['x'.repeat(101)], Array.from({ length: 17 }, () => 'a')])
    expect(() => new ActorRegistry([{ name: 'a', artifact_levels, execute }])).toThrow(InvalidActor);
});

test('the album of docs/actors.md works', async () => {
  const [, code] = /```js\n(\/\/ actors\/album.*?)```/s.exec(await readFile('docs/actors.md', 'utf8'))!;
  const directory = await mkdtemp(join(tmpdir(), 'callsheet-docs-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, 'album.mjs'), code!);
  const actors = new ActorRegistry();
  await loadActors(actors, ['album.mjs'], directory);
  const other = await startWorker({ queue, content, actors, drain_ms: 100 });
  onTestFinished(() => other.stop());
  const payload = { titles: ['The first page', 'The last'] };
  const { task_id } = await enqueueTask(queue, { actor: 'album', payload });
  const { result } = await taskWhen(queue, task_id, ({ completed_at }) => completed_at !== undefined);
  const { artifact_id } = result as { artifact_id: string };
  const expanded = await waitFor(async () => {
    const found = await expandArtifact(content, artifact_id, { levels: 16, limit: 100 });
    return found?.tree.children.length === 2 && found;
  });
  expect(expanded).toMatchObject({ truncated: false, tree: { label: 'album', data: payload } });
  const pages = expanded.tree.children.map(({ label, data, metadata }) => [label, data, metadata]);
  expect(pages).toContainEqual(['page', { title: 'The first page' }, { words: 3 }]);
});
