// One answer of a media task over several attempts, and what its records say of the outside job.
import { beforeAll, expect, test } from 'vitest';
import {
  completeGeneration,
  discardContents,
  failGeneration,
  getGeneration,
  openContent,
  startGeneration,
} from '../../content/index.ts';
import { defaultProviders, type GenerationRequest, type GenerationResult } from '../../providers/index.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { brokenCollection } from './broken.ts';
import { type MediaBench, mediaBench, withProvider } from './media-bench.ts';

let bench: MediaBench;
beforeAll(async () => {
  bench = mediaBench(await openContent(await testDatabase()));
});

const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const result: GenerationResult = {
  urls: [],
  files: [{ bytes: picture }],
  raw_response: { ok: true },
  provider_task_id: 'job-1',
};
const unreachable = () => Promise.reject(new Error('The provider was asked.'));

const again = (context: { task_id: string }, attempt = 2) =>
  bench.contextOf({
    task_id: context.task_id,
    attempt,
    last_attempt: { outcome: 'lost', error_type: 'LeaseLost' },
  });

const generationsOf = ({ task_id }: { task_id: string }) =>
  bench.content.generations.find({ task_id }).sort({ created_at: 1 }).toArray();

const request = (task_id: string, attempt: number) => ({
  workflow_run_id: 'default',
  interaction_id: null,
  provider: 'test',
  prompt_id: null,
  operation: 'txt2img',
  request_params: {},
  source_data: null,
  task_id,
  attempt,
});

test('what an attempt made whose end was lost is the answer of the next, which asks no provider', async () => {
  const first = bench.contextOf({ public_url: 'http://here' });
  const answer = await bench.run({ params: { num_images: 2 } }, first);
  const second = { ...again(first), public_url: 'http://here' };
  const before = await bench.remains();
  expect(await bench.run({ provider: 'test' }, second, withProvider(unreachable))).toEqual(answer);
  expect(await bench.remains()).toEqual(before);
  expect(await generationsOf(first)).toMatchObject([{ status: 'completed', _id: answer.metadata_id }]);
});

test('what another task made is no answer', async () => {
  await bench.run({});
  const second = bench.contextOf({ attempt: 2 });
  await expect(bench.run({ provider: 'test' }, second, withProvider(unreachable))).rejects.toThrow(
    'The provider was asked.',
  );
});

test('pictures that are no longer there are made again', async () => {
  const first = bench.contextOf();
  const answer = await bench.run({}, first);
  await discardContents(bench.content, answer.content_ids);
  const made = await bench.run(
    { provider: 'test' },
    again(first),
    withProvider(async () => result),
  );
  expect(made.content_ids).not.toEqual(answer.content_ids);
  expect(await generationsOf(first)).toMatchObject([
    { status: 'failed', error_message: 'Its pictures are no longer there.' },
    { status: 'completed' },
  ]);
});

test('of two attempts that both believe to be the one, only one completes a generation, and both give its answer', async () => {
  const late = bench.contextOf();
  let finish: (() => void) | undefined;
  const waiting = withProvider(
    () =>
      new Promise(resolve => {
        finish = () => resolve(result);
      }),
  );
  const second = again(late);
  const slow = bench.run({ provider: 'test' }, second, waiting);
  const end = await waitFor(() => finish);
  // An earlier attempt that begins only now, after the later one has looked for what was left.
  const answer = await bench.run(
    { provider: 'test' },
    late,
    withProvider(async () => result),
  );
  const before = await bench.remains();
  end();
  expect(await slow).toEqual(answer);
  expect(await bench.remains()).toEqual(before);
  const statuses = (await generationsOf(late)).map(({ status }) => status);
  expect(statuses.toSorted()).toEqual(['completed', 'failed']);
});

test('the index lets one generation of a task be completed, and any number without a task', async () => {
  const one = await startGeneration(bench.content, request('tq_index', 1));
  const other = await startGeneration(bench.content, request('tq_index', 1));
  await completeGeneration(bench.content, one);
  await expect(completeGeneration(bench.content, other)).rejects.toMatchObject({ name: 'GenerationClosed' });
  await failGeneration(bench.content, other, 'Late.');
  expect(await getGeneration(bench.content, one)).toMatchObject({ status: 'completed' });
  for (let n = 0; n < 2; n++) {
    const nobodys = await startGeneration(bench.content, { ...request('', 1), task_id: null });
    await completeGeneration(bench.content, nobodys);
  }
});

test('the id of the outside job and its price are in the record while the job runs', async () => {
  const context = bench.contextOf();
  const price = { amount: 0.024, unit: 'DOLLARS' };
  let seen: unknown;
  const registry = withProvider(async ({ checkpoint }) => {
    await checkpoint({ submitting: { since: new Date().toISOString(), mark: 'fox' } });
    await checkpoint({ external_id: 'job-1', cost: price });
    seen = await bench.latest(context);
    return result;
  });
  const { metadata_id } = await bench.run({ provider: 'test' }, context, registry);
  expect(seen).toMatchObject({ status: 'processing', provider_task_id: 'job-1', cost: price });
  expect(await getGeneration(bench.content, metadata_id)).toMatchObject({ status: 'completed', cost: price });
});

test('an attempt that goes on with a job has its id and price in its own record from the start', async () => {
  const state = { external_id: 'job-2', cost: { amount: 3, unit: 'CREDITS' } };
  const context = bench.contextOf({ attempt: 2, state });
  let request: GenerationRequest | undefined;
  const registry = withProvider(asked => {
    request = asked;
    return unreachable();
  });
  await expect(bench.run({ provider: 'test' }, context, registry)).rejects.toThrow('The provider was asked.');
  expect(request?.resume).toEqual(state);
  expect(await bench.latest(context)).toMatchObject({
    status: 'failed',
    provider_task_id: 'job-2',
    cost: state.cost,
  });
});

test('a job that was paid goes on when its source picture is gone; a new one is not begun without it', async () => {
  const gone = { params: { source_image: 'gc_0190b5a2-0000-7000-8000-000000000000' }, provider: 'test' };
  const registry = withProvider(async ({ source_image }) => ({ ...result, raw_response: { source_image } }));
  const paid = bench.contextOf({ attempt: 2, state: { external_id: 'job-3' } });
  const { metadata_id } = await bench.run(gone, paid, registry);
  expect(await getGeneration(bench.content, metadata_id)).toMatchObject({
    response_data: { source_image: null },
  });
  await expect(bench.run(gone, bench.contextOf(), registry)).rejects.toThrow('there is no content');
});

test('a record that cannot be written does not end a job that was paid', async () => {
  const note = JSON.stringify({ $set: { provider_task_id: 'job-4', cost: null } });
  const fault = (update: object) => (JSON.stringify(update) === note ? new Error('no majority') : null);
  const content = { ...bench.content, generations: brokenCollection(bench.content.generations, fault) };
  const context = bench.contextOf({ content });
  const registry = withProvider(async ({ checkpoint }) => {
    await checkpoint({ external_id: 'job-4' });
    expect(await bench.latest(context)).toMatchObject({ provider_task_id: null });
    return { ...result, provider_task_id: 'job-4' };
  });
  const { metadata_id } = await bench.run({ provider: 'test' }, context, registry);
  expect(await getGeneration(bench.content, metadata_id)).toMatchObject({ provider_task_id: 'job-4' });
});

test('the studio, which has no outside job, is not troubled by any of it', async () => {
  const context = bench.contextOf({ attempt: 3, last_attempt: { outcome: 'released', error_type: null } });
  const { metadata_id } = await bench.run({}, context, defaultProviders());
  expect(await getGeneration(bench.content, metadata_id)).toMatchObject({
    provider_task_id: null,
    cost: null,
  });
  expect(context.states).toEqual([]);
});

test('a decision to pay again is written down before the provider is asked', async () => {
  const context = bench.contextOf({
    attempt: 3,
    state: { submitting: { since: '2026-01-01T00:00:00Z', mark: null } },
    last_attempt: { outcome: 'failed', error_type: 'SubmissionUncertain' },
  });
  let known: unknown[] = [];
  const registry = withProvider(async ({ resume }) => {
    known = [resume, ...context.states];
    return result;
  });
  await bench.run({ provider: 'test' }, context, registry);
  expect(known).toEqual([null, null]);
});
