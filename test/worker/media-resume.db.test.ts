// A paid job over the attempts of its task, by the real queue and worker: it is submitted once, however attempts end, until a
// person asks for another one.
import { MongoNetworkError } from 'mongodb';
import { beforeAll, expect, test } from 'vitest';
import { ContentPolicyError, GenerationError, SubmissionUncertain } from '../../providers/index.ts';
import {
  actOnTasks,
  cancelTask,
  enqueueTask,
  type NewTask,
  openQueue,
  type Queue,
  recoverStaleTasks,
  retryTask,
} from '../../queue/index.ts';
import type { Worker } from '../../worker/worker.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { brokenCollection } from './broken.ts';
import { type Call, PaidService } from './paid-service.ts';
import { startTestWorker, taskEnd, taskWhen } from './start.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(await testDatabase());
});

interface Stage {
  service: PaidService;
  worker: Worker;
  task_id: string;
}

interface Begin {
  task?: Pick<NewTask, 'timeouts'>;
  /** How the service misbehaves. */
  faults?: Partial<PaidService>;
  /** The worker's view of the queue. */
  from?: Queue;
  lease_ms?: number;
}

async function begin({ task, faults = {}, from = queue, lease_ms = 30_000 }: Begin = {}): Promise<Stage> {
  const service = Object.assign(new PaidService(), faults);
  const worker = await startTestWorker(from, [service.actor()], { heartbeat_ms: 60, lease_ms });
  const payload = { provider: service.name, action_type: 'txt2img', params: { prompt: 'Red fox' } };
  const { task_id } = await enqueueTask(queue, { actor: 'media', payload, ...task });
  return { service, worker, task_id };
}

/** The newest of the task's attempts looks at its job. */
const nextLook = ({ service }: Stage, after?: Call) =>
  waitFor(() => (service.looks.at(-1) === after ? null : service.looks.at(-1)));

const attemptEnded = ({ task_id }: Stage, count = 1) =>
  taskWhen(queue, task_id, ({ attempts }) => attempts.length >= count);

const hasStopped = ({ task_id }: Stage) =>
  taskWhen(queue, task_id, ({ status }) => status === 'cancelled' || status === 'failed');

/** As a worker that fell silent leaves it; this one does not, and its next heartbeat may come first. */
function lose({ task_id }: Stage): Promise<boolean> {
  return waitFor(async () => {
    await queue.tasks.updateOne({ _id: task_id }, { $set: { heartbeat_at: new Date(0) } });
    const recovered = await recoverStaleTasks(queue, { lease_ms: 30_000 });
    return recovered.some(task => task.task_id === task_id);
  });
}

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
  const stage = await begin({ ...(task && { task }) });
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
  const stage = await begin();
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
  const stage = await begin();
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
  const stage = await begin();
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
  const stage = await begin();
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

test('a lost answer is looked for; what is not found is not paid again, until a person retries', async () => {
  const stage = await begin({ faults: { losesAnswer: true, hidesJobs: true } });
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
  const stage = await begin({ faults: { losesAnswer: true } });
  const look = await nextLook(stage);
  look.done();
  expect(await taskEnd(queue, stage.task_id)).toMatchObject({ status: 'completed', attempt: 1 });
  expect(stage.service.submitted).toBe(1);
});

test('an attempt that died while it submitted is no decision to pay: the next one looks, and ends uncertain', async () => {
  const stage = await begin({ faults: { holdsSubmit: true, hidesJobs: true } });
  const { service } = stage;
  await waitFor(() => service.submitted === 1);
  await lose(stage);
  expect(await hasStopped(stage)).toMatchObject({ attempt: 2, error: { type: 'SubmissionUncertain' } });
  expect(service.submitted).toBe(1);
});

test('a decision that its attempt died with is asked for again, not assumed', async () => {
  const stage = await begin({ faults: { losesAnswer: true, hidesJobs: true } });
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
  const stage = await begin({ from: { ...queue, tasks: brokenCollection(queue.tasks, fault) } });
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
  const stage = await begin({ faults: { meanwhile: stopped, hidesJobs: true }, lease_ms: 1_000 });
  expect(await hasStopped(stage)).toMatchObject({ error: { type: 'SubmissionUncertain' } });
  expect(stage.service.submitted).toBe(0);
});

test('a state that nobody can read is uncertain, and a new job only for a person who wants it', async () => {
  const stage = await begin();
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

test('a media task may take longer than any provider waits for a film', async () => {
  await begin();
  const entry = await queue.actors.findOne({ _id: 'media' });
  expect(entry?.timeouts.soft_ms).toBeGreaterThan(20 * 60_000);
  expect(entry?.timeouts.hard_ms).toBeGreaterThan(entry!.timeouts.soft_ms!);
});
