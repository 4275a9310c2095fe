// A submit of which nobody knows whether it was accepted: it is looked for, and paid again only when a person wants that.
import { MongoNetworkError } from 'mongodb';
import { beforeAll, expect, test } from 'vitest';
import { GenerationError, SubmissionUncertain } from '../../providers/index.ts';
import { openQueue, type Queue, retryTask } from '../../queue/index.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { brokenCollection } from './broken.ts';
import { begin, hasStopped, lose, nextLook } from './paid-bench.ts';
import type { PaidService } from './paid-service.ts';
import { taskEnd, taskWhen } from './start.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(await testDatabase());
});

test('a lost answer is looked for; what is not found is not paid again, until a person retries', async () => {
  const stage = await begin(queue, { faults: { losesAnswer: true, hidesJobs: true } });
  const { service, task_id } = stage;
  expect(await hasStopped(stage)).toMatchObject({
    dead: true,
    retry_count: 0,
    error: { type: 'SubmissionUncertain' },
    state: { submitting: { mark: 'Red fox' } },
  });
  expect(service.submitted).toBe(1);
  service.losesAnswer = false;
  await retryTask(queue, task_id);
  const look = await nextLook(stage);
  expect(look.external_id).toBe('job-2');
  look.done();
  expect(await taskEnd(queue, task_id)).toMatchObject({ status: 'completed' });
  expect(service.submitted).toBe(2);
});

test('a lost answer that is found in the list goes on, and nothing is submitted again', async () => {
  const stage = await begin(queue, { faults: { losesAnswer: true } });
  const look = await nextLook(stage);
  look.done();
  expect(await taskEnd(queue, stage.task_id)).toMatchObject({ status: 'completed', attempt: 1 });
  expect(stage.service.submitted).toBe(1);
});

test('an attempt that died while it submitted is no decision to pay: the next one looks, and ends uncertain', async () => {
  const stage = await begin(queue, { faults: { holdsSubmit: true, hidesJobs: true } });
  const { service } = stage;
  await waitFor(() => service.submitted === 1);
  await lose(stage);
  expect(await hasStopped(stage)).toMatchObject({ attempt: 2, error: { type: 'SubmissionUncertain' } });
  expect(service.submitted).toBe(1);
});

test('a decision that its attempt died with is asked for again, not assumed', async () => {
  const stage = await begin(queue, { faults: { losesAnswer: true, hidesJobs: true } });
  const { service, task_id } = stage;
  const { state } = await hasStopped(stage);
  service.losesAnswer = false;
  service.holdsSubmit = true;
  await retryTask(queue, task_id);
  await waitFor(() => service.submitted === 2);
  // As if it had died before it could write down the decision.
  await queue.tasks.updateOne({ _id: task_id }, { $set: { state: state! } });
  await lose(stage);
  expect(await hasStopped(stage)).toMatchObject({ attempt: 3, error: { type: 'SubmissionUncertain' } });
  expect(service.submitted).toBe(2);
});

test('an outage right after the submit is waited out: the id of the job is kept', async () => {
  let failures = 0;
  const fault = (update: object) =>
    JSON.stringify(update).includes('job-1') && failures++ < 3 ? new MongoNetworkError('no line') : null;
  const stage = await begin(queue, { from: { ...queue, tasks: brokenCollection(queue.tasks, fault) } });
  const look = await nextLook(stage);
  expect(await taskWhen(queue, stage.task_id, () => true)).toMatchObject({
    state: { external_id: 'job-1' },
    attempt: 1,
  });
  look.done();
  expect(await taskEnd(queue, stage.task_id)).toMatchObject({ status: 'completed', attempt: 1 });
  expect(failures).toBeGreaterThanOrEqual(3);
});

test('a worker that stood still past its lease while it wrote down that it submits does not submit', async () => {
  const stopped: PaidService['meanwhile'] = async (_, write) => {
    const written = write();
    const end = performance.now() + 1_500;
    while (performance.now() < end);
    await written;
  };
  const stage = await begin(queue, { faults: { meanwhile: stopped, hidesJobs: true }, lease_ms: 1_000 });
  expect(await hasStopped(stage)).toMatchObject({ error: { type: 'SubmissionUncertain' } });
  expect(stage.service.submitted).toBe(0);
});

test('a state that nobody can read is uncertain, and a new job only for a person who wants it', async () => {
  const stage = await begin(queue);
  const look = await nextLook(stage);
  await queue.tasks.updateOne({ _id: stage.task_id }, { $set: { state: { job: 7 } } });
  look.fail(new GenerationError('the line broke'));
  expect(await hasStopped(stage)).toMatchObject({ error: { type: SubmissionUncertain.name } });
  await retryTask(queue, stage.task_id);
  const again = await nextLook(stage, look);
  expect(again.external_id).toBe('job-2');
  again.done();
  await taskEnd(queue, stage.task_id);
});
