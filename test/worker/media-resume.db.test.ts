// A paid job over the attempts of its task, by the real queue and worker: it is submitted once, however attempts end, until a
// person asks for another one.
import { beforeAll, expect, test } from 'vitest';
import { ContentPolicyError, GenerationError } from '../../providers/index.ts';
import { actOnTasks, cancelTask, type NewTask, openQueue, type Queue, retryTask } from '../../queue/index.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { attemptEnded, begin, hasStopped, lose, nextLook, type Stage } from './paid-bench.ts';
import type { Call } from './paid-service.ts';
import { startTestWorker, taskEnd } from './start.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(await testDatabase());
});

const ways: Record<
  string,
  { task?: Pick<NewTask, 'timeouts'>; end: (stage: Stage, look: Call) => unknown; outcome: string }
> = {
  'an error that is retried': {
    end: (_, look) => look.fail(new GenerationError('the line broke')),
    outcome: 'retried',
  },
  'its soft time limit': {
    task: { timeouts: { soft_ms: 1_000, hard_ms: 30_000 } },
    // The running attempt has its limit; the next one shall have none.
    end: ({ task_id }) => queue.tasks.updateOne({ _id: task_id }, { $unset: { timeouts: '' } }),
    outcome: 'timed_out',
  },
  'a lost lease': { end: lose, outcome: 'lost' },
  'a shutdown': { end: ({ worker }) => worker.stop({ release: true }), outcome: 'released' },
  'a permanent error, and a retry by hand': {
    async end(stage, look) {
      look.fail(new ContentPolicyError('not this'));
      await hasStopped(stage);
      await retryTask(queue, stage.task_id);
    },
    outcome: 'failed',
  },
  'its last retry, and a retry of many': {
    async end(stage, look) {
      await queue.tasks.updateOne({ _id: stage.task_id }, { $set: { max_retries: 0 } });
      await lose(stage);
      look.fail(new Error('late'));
      await hasStopped(stage);
      await actOnTasks(queue, { action: 'retry', which: { ids: [stage.task_id] } });
    },
    outcome: 'lost',
  },
  'a cancel that did not reach the service, and a retry by hand': {
    async end(stage) {
      stage.service.refusesCancel = true;
      await cancelTask(queue, stage.task_id);
      await hasStopped(stage);
      await retryTask(queue, stage.task_id);
    },
    outcome: 'cancelled',
  },
};

test.each(Object.entries(ways))('after %s, the same job goes on', async (_name, { task, end, outcome }) => {
  const stage = await begin(queue, { ...(task && { task }) });
  const look = await nextLook(stage);
  expect(look.external_id).toBe('job-1');
  await end(stage, look);
  const [ended] = (await attemptEnded(stage)).attempts;
  expect(ended?.outcome).toBe(outcome);
  if (outcome === 'released') await startTestWorker(queue, [stage.service.actor()]);
  const again = await nextLook(stage, look);
  expect(again.external_id).toBe('job-1');
  again.done();
  expect(await taskEnd(queue, stage.task_id)).toMatchObject({ status: 'completed', attempt: 2 });
  expect(stage.service.submitted).toBe(1);
});

test('a job that failed in the service is forgotten: the next attempt begins another', async () => {
  const stage = await begin(queue);
  const look = await nextLook(stage);
  look.failInService();
  const again = await nextLook(stage, look);
  expect(again.external_id).toBe('job-2');
  again.done();
  expect(await taskEnd(queue, stage.task_id)).toMatchObject({
    status: 'completed',
    attempts: [{ outcome: 'retried' }, {}],
  });
});

test('a job that was cancelled with its task is forgotten: a retry by hand begins another', async () => {
  const stage = await begin(queue);
  const look = await nextLook(stage);
  await cancelTask(queue, stage.task_id);
  expect(await hasStopped(stage)).toMatchObject({ status: 'cancelled', state: null });
  expect(stage.service.cancelled).toEqual(['job-1']);
  await retryTask(queue, stage.task_id);
  const again = await nextLook(stage, look);
  expect(again.external_id).toBe('job-2');
  again.done();
  expect(await taskEnd(queue, stage.task_id)).toMatchObject({ status: 'completed' });
});

test('a job that is gone after a cancel is forgotten once the service does not know it', async () => {
  const stage = await begin(queue);
  const look = await nextLook(stage);
  stage.service.refusesCancel = true;
  await cancelTask(queue, stage.task_id);
  await hasStopped(stage);
  await retryTask(queue, stage.task_id);
  const again = await nextLook(stage, look);
  again.missing();
  const anew = await nextLook(stage, again);
  expect(anew.external_id).toBe('job-2');
  anew.done();
  expect(await taskEnd(queue, stage.task_id)).toMatchObject({
    status: 'completed',
    attempts: [{ outcome: 'cancelled' }, { outcome: 'retried' }, { outcome: 'completed' }],
  });
});

test('a job that the service does not know ends the task, and is asked for once more before a person pays again', async () => {
  const stage = await begin(queue);
  const look = await nextLook(stage);
  look.missing();
  expect(await hasStopped(stage)).toMatchObject({
    status: 'failed',
    dead: true,
    state: { external_id: 'job-1' },
  });
  await retryTask(queue, stage.task_id);
  const again = await nextLook(stage, look);
  expect(again.external_id).toBe('job-1');
  again.missing();
  expect((await nextLook(stage, again)).external_id).toBe('job-2');
  await cancelTask(queue, stage.task_id);
  await hasStopped(stage);
});

test('a media task may take longer than any provider waits for a film', async () => {
  await begin(queue);
  const entry = await queue.actors.findOne({ _id: 'media' });
  expect(entry?.timeouts.soft_ms).toBeGreaterThan(20 * 60_000);
  expect(entry?.timeouts.hard_ms).toBeGreaterThan(entry!.timeouts.soft_ms!);
});
