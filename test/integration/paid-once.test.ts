// A paid job is submitted once, whatever is killed when: worker processes against a stand-in for Leonardo, ended by SIGKILL
// between every two steps of a media task.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { getTask, retryTask, type Task } from '../../queue/index.ts';
import { waitFor } from '../helpers/wait.ts';
import { picture } from '../providers/standins/files.ts';
import { taskEnd, taskWhen } from '../worker/start.ts';
import { type Paid, PaidStage } from './paid-stage.ts';
import type { Step } from './paid-stops.ts';

// Each waits for processes to start and for leases to end.
vi.setConfig({ testTimeout: 180_000 });

const stage = new PaidStage();
const { leonardo, gate } = stage;
beforeAll(async () => {
  leonardo.statuses = ['PENDING', 'COMPLETE'];
  // Large enough to be stored in several pieces: what comes after the end of a PNG is no part of its picture.
  stage.picture = Buffer.concat([picture, randomBytes(2_500_000)]);
  gate.instead.push({ route: download, body: stage.picture });
  await stage.open({ lease_ms: 1_500, workers: 2 });
});
afterAll(() => stage.close());

const submit = /^POST \/api\/rest\/v1\/generations$/;
const look = /^GET \/api\/rest\/v1\/generations\/[^/]+$/;
const list = /^GET \/api\/rest\/v1\/generations\/user\//;
const download = /^GET \/cdn\//;
const upload = /^POST \/store$/;

/** Kills the worker that holds the task, once `reached` says that the task is where it shall be. */
async function killAt({ task_id }: Paid, reached: Promise<unknown>): Promise<void> {
  await reached;
  const task = await getTask(stage.queue, task_id);
  await stage.kill(task!.worker_id!);
  await stopAt(task_id, null);
}

/** Lets the attempts that begin from now on stop at a step, or at none. */
async function stopAt(task_id: string, stop_at: Step | null): Promise<void> {
  await stage.queue.tasks.updateOne(
    { _id: task_id },
    { $set: { 'payload.source_data': stop_at && { stop_at } } },
  );
}

/** Some worker tells that a task has come to a step. */
function stopped({ task_id }: Paid, step: Step): Promise<unknown> {
  const isIt = (entry: Record<string, unknown>) => entry.stopped_at === step && entry.task_id === task_id;
  return Promise.any([...stage.workers.values()].map(worker => worker.waitForLine(isIt)));
}

/** Where the worker is killed: at a step of its own, or at a moment of a request. */
interface Kill {
  stop_at?: Step;
  hold?: Parameters<typeof gate.hold>;
  payload?: object;
  /** The answer with the price was lost. */
  knowsPrice?: false;
}

/** Runs a task, has its worker killed, and waits for its end. */
async function runAndKill({ stop_at, hold, payload, ...known }: Kill): Promise<{ paid: Paid; task: Task }> {
  await stage.complete();
  const held = hold && gate.hold(...hold);
  const paid = await stage.enqueue({ ...payload, ...(stop_at && { source_data: { stop_at } }) });
  await killAt(paid, held ?? stopped(paid, stop_at!));
  const task = await taskEnd(stage.queue, paid.task_id, 60_000);
  expect(task.attempts[0]).toMatchObject({ outcome: 'lost' });
  await stage.judge(paid, task, known);
  return { paid, task };
}

const source_image = `data:image/png;base64,${picture.toString('base64')}`;
const fromPicture = { action_type: 'img2img', params: { source_image } };

test.each<[string, Kill]>([
  ['it was claimed', { stop_at: 'claimed' }],
  ['it has its generation record', { stop_at: 'recorded' }],
  ['its source is uploaded', { hold: [upload, 'answer'], payload: fromPicture }],
  ['its job is accepted, and the answer on its way', { hold: [submit, 'answer'], knowsPrice: false }],
  ['the id of its job is about to be written down', { stop_at: 'answered', knowsPrice: false }],
  ['the id of its job is written down', { stop_at: 'known' }],
  ['its job is looked at', { hold: [look, 'answer'] }],
  ['its job is complete, and nothing downloaded yet', { stop_at: 'made' }],
  ['its picture is asked for', { hold: [download, 'request'] }],
  ['its picture is stored', { stop_at: 'stored' }],
])('killed when %s, a task has one job and one picture', async (_name, kill) => {
  const { paid, task } = await runAndKill(kill);
  expect(task.status).toBe('completed');
  expect(stage.jobsOf(paid)).toHaveLength(1);
});

test('killed when its picture is half stored, a task has one whole picture, and no pieces of another', async () => {
  await stage.complete();
  const half = gate.hold(download, 'body');
  const paid = await stage.enqueue();
  await half;
  await killAt(
    paid,
    waitFor(() => stage.countLooseChunks()),
  );
  const task = await taskEnd(stage.queue, paid.task_id, 60_000);
  expect(task.status).toBe('completed');
  await stage.judge(paid, task);
  expect(await stage.countLooseChunks()).toBe(0);
  expect(stage.jobsOf(paid)).toHaveLength(1);
});

test('killed when the end is not written yet: the next attempt asks nobody, and gives the same answer', async () => {
  await stage.complete();
  const paid = await stage.enqueue({ source_data: { stop_at: 'completed' } });
  await stopped(paid, 'completed');
  const asked = leonardo.asked.length;
  const [{ _id } = { _id: '' }] = await stage.generationsOf(paid);
  await killAt(paid, Promise.resolve());
  const task = await taskEnd(stage.queue, paid.task_id, 60_000);
  expect(task.result).toMatchObject({ metadata_id: _id });
  expect(leonardo.asked).toHaveLength(asked);
});

test.each<[string, Kill]>([
  ['is about to be sent', { stop_at: 'submitting' }],
  ['is on its way and never arrives', { hold: [submit, 'request'] }],
])('killed when a submit %s: nothing is paid, and the task says that nobody knows', async (_name, how) => {
  const { paid, task } = await runAndKill(how);
  expect(task).toMatchObject({ status: 'failed', dead: true, error: { type: 'SubmissionUncertain' } });
  expect(stage.jobsOf(paid)).toHaveLength(0);
});

test('a job that the list does not show is not paid again by any crash, only when a person retries', async () => {
  gate.instead.push({ route: list, body: Buffer.from('{"generations":[]}') });
  const { paid, task } = await runAndKill({ hold: [submit, 'answer'] });
  expect(task).toMatchObject({ dead: true, error: { type: 'SubmissionUncertain' } });
  expect(stage.jobsOf(paid)).toHaveLength(1);
  await stage.complete();
  // The attempt that the person asked for dies before it could write down their decision: nobody knows again.
  await stopAt(paid.task_id, 'claimed');
  await retryTask(stage.queue, paid.task_id);
  await killAt(paid, stopped(paid, 'claimed'));
  const again = await taskWhen(
    stage.queue,
    paid.task_id,
    ({ dead, attempt }) => dead === true && attempt > task.attempt + 1,
    60_000,
  );
  expect(again).toMatchObject({ error: { type: 'SubmissionUncertain' } });
  expect(stage.jobsOf(paid)).toHaveLength(1);
  await retryTask(stage.queue, paid.task_id);
  const ended = await taskEnd(stage.queue, paid.task_id, 60_000);
  expect(ended.status).toBe('completed');
  await stage.judge(paid, ended);
  expect(stage.jobsOf(paid)).toHaveLength(2);
  gate.instead.pop();
});

test('killed while it looks for a job whose answer was lost: the next one finds it', async () => {
  await stage.complete();
  const lost = gate.hold(submit, 'answer');
  const looking = gate.hold(list, 'answer');
  const paid = await stage.enqueue();
  await killAt(paid, lost);
  await stage.complete();
  await killAt(paid, looking);
  const task = await taskEnd(stage.queue, paid.task_id, 60_000);
  expect(task).toMatchObject({
    status: 'completed',
    attempts: [{ outcome: 'lost' }, { outcome: 'lost' }, {}],
  });
  await stage.judge(paid, task, { knowsPrice: false });
  expect(stage.jobsOf(paid)).toHaveLength(1);
});

test('nothing of all this is left, and no limit was exceeded', async () => {
  await stage.judgeAll();
  expect(leonardo.gauge.peak).toBeLessThanOrEqual(3);
  await waitFor(() => stage.queue.tasks.countDocuments({ status: 'processing' }).then(count => count === 0));
});
