// Workers outside: they are given tasks the moment they are there, say what becomes of them, and lose them by the same rules as
// workers of ours.
import { connect } from 'node:net';
import { beforeAll, expect, test } from 'vitest';
import {
  cancelTask,
  enqueueInRoom,
  enqueueTasks,
  getTask,
  type NewTask,
  openQueue,
  type Queue,
} from '../../queue/index.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { publishJob, startRemoteServer, TestWorker } from './remote-worker.ts';
import { bodyOf } from './setup.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(await testDatabase());
});

let jobs = 0;
/** A job of its own for each test, so that no test takes another's tasks. */
const newJob = (about: Parameters<typeof publishJob>[2] = {}) => publishJob(queue, `job${++jobs}`, about);

async function ask(actor: string, task: Partial<NewTask> = {}): Promise<string> {
  return (await enqueueInRoom(queue, 'lab', { actor, payload: {}, ...task })).task_id;
}

const taskIs = (task_id: string, status: string, timeoutMs = 10_000) =>
  waitFor(
    async () => {
      const task = await getTask(queue, task_id);
      return task?.status === status && task;
    },
    { timeoutMs, description: `${task_id} to be ${status}` },
  );

async function expectRefusal(answer: Response, status: number, type: string): Promise<void> {
  const body = await bodyOf(answer);
  expect([answer.status, body.type]).toEqual([status, type]);
}
const lostClaim = 'urn:callsheet:problems/lost-claim';

test('a pending task is assigned the moment a worker of its job registers and listens', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob();
  const task_id = await ask(job, { payload: { angle: 90 } });
  const worker = await TestWorker.join(server.url, [job]);
  const { task, claim } = await worker.nth();
  expect(task).toMatchObject({ task_id, actor: job, room: 'lab', payload: { angle: 90 }, state: 'assigned' });
  expect(claim).toContain(worker.worker_id);
  const begun = await worker.report(
    { task, claim },
    { status: 'processing', progress: { message: 'on it' } },
  );
  expect(await begun.json()).toEqual({ task_id, status: 'processing', state: 'running' });
  expect(await getTask(queue, task_id)).toMatchObject({ begun: true, progress: { message: 'on it' } });
  const done = await worker.complete({ task, claim }, { turned: true });
  expect([done.status, await done.json()]).toEqual([
    200,
    { task_id, status: 'completed', state: 'completed' },
  ]);
  expect(await getTask(queue, task_id)).toMatchObject({ status: 'completed', result: { turned: true } });
});

test('a worker that finishes is sent the next pending task at once, and never more than it can hold', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob();
  const ids = [await ask(job), await ask(job), await ask(job)];
  const worker = await TestWorker.join(server.url, [job]);
  for (const index of ids.keys()) {
    const assigned = await worker.nth(index);
    expect(worker.assigned).toHaveLength(index + 1);
    const began = performance.now();
    expect((await worker.complete(assigned)).status).toBe(200);
    if (index + 1 < ids.length) await worker.nth(index + 1);
    expect(performance.now() - began).toBeLessThan(1_000);
  }
  expect(worker.assigned.map(({ task }) => task.task_id).toSorted()).toEqual(ids.toSorted());
});

test('a worker without a stream is given nothing', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob();
  const silent = await TestWorker.join(server.url, [job], { stream: false });
  const task_id = await ask(job);
  const worker = await TestWorker.join(server.url, [job]);
  expect((await worker.nth()).task.task_id).toBe(task_id);
  expect(silent.assigned).toEqual([]);
});

test('what waits is divided among the workers of a job by the room they have', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob();
  const small = await TestWorker.join(server.url, [job], { capacity: 2 });
  const large = await TestWorker.join(server.url, [job], { capacity: 6 });
  const other = await TestWorker.join(server.url, [await newJob()], { capacity: 50 });
  await enqueueTasks(
    queue,
    Array.from({ length: 4 }, () => ({ actor: job, payload: {} })),
  );
  await large.nth(2);
  await small.nth(0);
  expect([small, large, other].map(worker => worker.assigned.length)).toEqual([1, 3, 0]);
});

test('a cancellation is told to the worker, whose next word is refused and ends the task', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob();
  const task_id = await ask(job);
  const worker = await TestWorker.join(server.url, [job]);
  const assigned = await worker.nth();
  await worker.report(assigned, { status: 'processing' });
  await cancelTask(queue, task_id);
  const told = await worker.change(change => change.task_id === task_id);
  expect(told).toEqual({ task_id, status: 'processing', state: 'running', cancel_requested: true });
  expect((await getTask(queue, task_id))?.status).toBe('processing');
  await expectRefusal(await worker.complete(assigned), 409, 'urn:callsheet:problems/task-cancelled');
  expect(await getTask(queue, task_id)).toMatchObject({
    status: 'cancelled',
    error: { type: 'Cancelled' },
    attempts: [{ outcome: 'cancelled' }],
  });
  await expectRefusal(await worker.complete(assigned), 409, 'urn:callsheet:problems/task-cancelled');
});

test('a report that comes before the worker has heard of the cancellation is refused as well', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob();
  for (const said of [{ status: 'processing' }, { status: 'completed' }, { status: 'failed', error: 'x' }]) {
    const task_id = await ask(job);
    const worker = await TestWorker.join(server.url, [job]);
    const assigned = await worker.nth();
    await cancelTask(queue, task_id);
    await expectRefusal(await worker.report(assigned, said), 409, 'urn:callsheet:problems/task-cancelled');
    expect((await getTask(queue, task_id))?.status).toBe('cancelled');
    expect((await worker.ask('', { method: 'DELETE' })).status).toBe(204);
  }
});

test('a cancelled task is ended at once where it has not begun, else after some patience', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob();
  const worker = await TestWorker.join(server.url, [job], { capacity: 2 });
  const [early, late] = [await ask(job), await ask(job)];
  await worker.nth(1);
  const begun = worker.assigned.find(({ task }) => task.task_id === late)!;
  await worker.report(begun, { status: 'processing' });
  await Promise.all([cancelTask(queue, early), cancelTask(queue, late)]);
  await worker.change(change => change.task_id === early && change.status === 'cancelled', 3_000);
  expect((await getTask(queue, late))?.status).toBe('processing');
  await worker.change(change => change.task_id === late && change.status === 'cancelled', 9_000);
  expect((await taskIs(late, 'cancelled')).slot).toBeUndefined();
});

test.each([
  ['assigned', false],
  ['running', true],
])(
  'a worker that disconnects while its task is %s loses it: no retries left, it fails',
  async (_state, begins) => {
    const server = await startRemoteServer(queue);
    const job = await newJob();
    const task_id = await ask(job);
    const worker = await TestWorker.join(server.url, [job]);
    const assigned = await worker.nth();
    if (begins) await worker.report(assigned, { status: 'processing' });
    worker.disconnect();
    const failed = await taskIs(task_id, 'failed');
    expect(failed).toMatchObject({
      dead: true,
      error: { type: 'MaxRetriesExceeded', message: 'Worker disconnected' },
      attempts: [{ outcome: 'lost' }],
    });
    await expectRefusal(await worker.complete(assigned), 409, lostClaim);
  },
);

test('with retries left the task goes to another idle worker as soon as the lease is over', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob({ max_retries: 1 });
  const first = await TestWorker.join(server.url, [job]);
  const task_id = await ask(job);
  await first.nth();
  const second = await TestWorker.join(server.url, [job]);
  first.disconnect();
  const assigned = await second.nth(0, 8_000);
  expect(assigned.task).toMatchObject({ task_id, attempt: 2, retry_count: 1 });
  expect((await second.complete(assigned)).status).toBe(200);
});

test('an open stream keeps the tasks of its worker beyond the lease, begun or not', async () => {
  const server = await startRemoteServer(queue);
  server.remote.start();
  const job = await newJob();
  const ids = [await ask(job), await ask(job)];
  const worker = await TestWorker.join(server.url, [job], { capacity: 2 });
  await worker.nth(1);
  await worker.report(worker.assigned[0]!, { status: 'processing' });
  await waitFor(
    async () => {
      const tasks = await Promise.all(ids.map(id => getTask(queue, id)));
      return tasks.every(task => task && task.heartbeat_at!.getTime() - task.started_at!.getTime() > 2_000);
    },
    { timeoutMs: 10_000, everyMs: 100, description: 'heartbeats beyond the lease' },
  );
  for (const assigned of worker.assigned) expect((await worker.complete(assigned)).status).toBe(200);
  for (const id of ids)
    expect((await getTask(queue, id))?.attempts).toMatchObject([{ outcome: 'completed' }]);
});

test('a stream that comes back within the lease finds its tasks as they were', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob();
  const ids = [await ask(job), await ask(job)];
  const worker = await TestWorker.join(server.url, [job], { capacity: 2 });
  await worker.nth(1);
  const running = worker.assigned[0]!;
  await worker.report(running, { status: 'processing' });
  worker.disconnect();
  await worker.ended;
  await worker.connect();
  // What had not begun is sent again, with the same claim; what runs is not.
  const again = await worker.nth(2);
  expect(again).toMatchObject({ claim: worker.assigned[1]!.claim, task: { attempt: 1 } });
  for (const assigned of [running, again]) expect((await worker.complete(assigned)).status).toBe(200);
  for (const id of ids) expect(await getTask(queue, id)).toMatchObject({ status: 'completed', attempt: 1 });
});

test('the own heartbeats of a worker keep what it has begun while it has no stream', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob();
  const [, other] = [await ask(job), await ask(job)];
  const worker = await TestWorker.join(server.url, [job], { capacity: 2 });
  await worker.nth(1);
  const running = worker.assigned.find(({ task }) => task.task_id !== other)!;
  await worker.report(running, { status: 'processing' });
  worker.disconnect();
  // What it may never have heard of is lost meanwhile.
  await waitFor(
    async () => {
      expect((await worker.ask('/heartbeat', { method: 'POST' })).status).toBe(200);
      return (await getTask(queue, other))?.status === 'failed';
    },
    { timeoutMs: 10_000, everyMs: 200 },
  );
  const beat = await worker.ask('/heartbeat', { method: 'POST' });
  expect(await beat.json()).toEqual({
    worker_id: worker.worker_id,
    tasks: [
      {
        task_id: running.task.task_id,
        claim: running.claim,
        status: 'processing',
        state: 'running',
        cancel_requested: false,
      },
    ],
  });
  expect((await worker.complete(running)).status).toBe(200);
});

test('a worker that used to send heartbeats and no longer does is gone, though its stream looks open', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob();
  const task_id = await ask(job);
  const worker = await TestWorker.join(server.url, [job]);
  await worker.nth();
  await worker.ask('/heartbeat', { method: 'POST' });
  expect(await worker.ended).toMatch(/end|broken/);
  await taskIs(task_id, 'failed');
});

test('a worker that comes back after a long silence is heard again', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob();
  const worker = await TestWorker.join(server.url, [job]);
  await worker.ask('/heartbeat', { method: 'POST' });
  worker.disconnect();
  await worker.ended;
  // As if it had slept for a minute.
  const past = { $dateSubtract: { startDate: '$$NOW', unit: 'second', amount: 60 } };
  await queue.workers.updateOne({ _id: worker.worker_id }, [{ $set: { heard_at: past } }]);
  await worker.connect();
  const since = (await queue.workers.findOne({ _id: worker.worker_id }))!.heartbeat_at;
  const beaten = async () => (await queue.workers.findOne({ _id: worker.worker_id }))!.heartbeat_at > since;
  await waitFor(beaten, { description: 'a heartbeat by its stream' });
  const task_id = await ask(job);
  expect((await worker.nth()).task.task_id).toBe(task_id);
  expect(server.remote.size).toBe(1);
});

test('a worker that leaves gives its tasks back at once, and no retry is counted', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob();
  const leaving = await TestWorker.join(server.url, [job]);
  const task_id = await ask(job);
  const assigned = await leaving.nth();
  await leaving.report(assigned, { status: 'processing' });
  const staying = await TestWorker.join(server.url, [job]);
  expect((await leaving.ask('', { method: 'DELETE' })).status).toBe(204);
  expect(await leaving.ended).toBe('end');
  const next = await staying.nth(0, 1_000);
  expect(next.task).toMatchObject({ task_id, attempt: 2, retry_count: 0 });
  await expectRefusal(
    await leaving.ask('/heartbeat', { method: 'POST' }),
    404,
    '/v1/problems/worker-not-found',
  );
  await staying.complete(next);
});

test('of two streams of one worker the newer one wins, on one server and on two', async () => {
  const [here, there] = [await startRemoteServer(queue), await startRemoteServer(queue)];
  const job = await newJob();
  const worker = await TestWorker.join(here.url, [job]);
  const first = worker.ended;
  await worker.connect();
  expect(await first).toBe('end');
  const second = worker.ended;
  await worker.connect(there.url);
  expect(await second).toBe('end');
  const task_id = await ask(job);
  const assigned = await worker.nth();
  expect(assigned.task.task_id).toBe(task_id);
  // And its reports may come over any server: the one with the stream knows at once that there is room.
  worker.url = here.url;
  const next = await ask(job);
  expect((await worker.complete(assigned)).status).toBe(200);
  expect((await worker.nth(1, 1_500)).task.task_id).toBe(next);
  await worker.complete(worker.assigned[1]!);
});

test('a server that stops takes nothing along: the token holds elsewhere, and the tasks stay', async () => {
  const [dying, living] = [await startRemoteServer(queue), await startRemoteServer(queue)];
  const job = await newJob();
  const ids = [await ask(job), await ask(job)];
  const worker = await TestWorker.join(dying.url, [job], { capacity: 2 });
  await worker.nth(1);
  await worker.report(worker.assigned[0]!, { status: 'processing' });
  await dying.stop();
  expect(await worker.ended).toBe('end');
  expect(await worker.connect(living.url)).toBe(200);
  await worker.nth(2);
  expect(worker.assigned[2]!.claim).toBe(worker.assigned[1]!.claim);
  const own = (await (await worker.ask('')).json()) as { tasks: { claim: string }[] };
  expect(own.tasks.map(({ claim }) => claim).toSorted()).toEqual(
    [worker.assigned[0]!.claim, worker.assigned[1]!.claim].toSorted(),
  );
  for (const assigned of worker.assigned.slice(0, 2))
    expect((await worker.complete(assigned)).status).toBe(200);
  for (const id of ids) expect(await getTask(queue, id)).toMatchObject({ status: 'completed', attempt: 1 });
});

test('a failure is tried again by the policy of the job, and then no more', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob({ retry: { max_retries: 1, base_ms: 1, jitter: false } });
  const task_id = await ask(job);
  const worker = await TestWorker.join(server.url, [job]);
  const error = { type: 'Flaky', message: 'not today', details: { code: 7 }, stack_trace: 'here' };
  const retried = await worker.report(await worker.nth(), { status: 'failed', error });
  expect(await retried.json()).toEqual({ task_id, status: 'scheduled', state: 'pending' });
  // No worker of ours is alive: the server itself promotes it.
  const last = await worker.nth(1);
  expect(last.task).toMatchObject({ attempt: 2, retry_count: 1, error });
  const failed = await worker.report(last, { status: 'failed', error: 'not tomorrow either' });
  expect(await failed.json()).toEqual({ task_id, status: 'failed', state: 'failed' });
  expect(await getTask(queue, task_id)).toMatchObject({
    dead: true,
    error: { message: 'not tomorrow either' },
  });
});

test('a PermanentError is not tried again', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob({ max_retries: 5 });
  await ask(job);
  const worker = await TestWorker.join(server.url, [job]);
  const said = { status: 'failed', error: { type: 'PermanentError', message: 'never' } };
  expect(await (await worker.report(await worker.nth(), said)).json()).toMatchObject({ status: 'failed' });
});

test('the hard time limit is kept for a worker that does not keep it', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob({ timeouts: { hard_ms: 700 } });
  const task_id = await ask(job);
  const worker = await TestWorker.join(server.url, [job]);
  const assigned = await worker.nth();
  await worker.report(assigned, { status: 'processing' });
  await worker.change(change => change.task_id === task_id && change.status === 'failed');
  expect(await getTask(queue, task_id)).toMatchObject({
    error: { type: 'HardTimeout' },
    attempts: [{ outcome: 'timed_out' }],
  });
  expect((await worker.complete(assigned)).status).toBe(409);
});

test('a report is fenced by its claim, and may be said twice', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob();
  const task_id = await ask(job);
  const worker = await TestWorker.join(server.url, [job]);
  const stranger = await TestWorker.join(server.url, [await newJob()]);
  const assigned = await worker.nth();
  const { task, claim } = assigned;
  await expectRefusal(await worker.complete({ task, claim: `${claim}0` }), 409, lostClaim);
  await expectRefusal(await stranger.complete(assigned), 409, lostClaim);
  expect((await getTask(queue, task_id))?.status).toBe('processing');
  const result = { b: [1, null], a: 'first' };
  expect((await worker.complete(assigned, result)).status).toBe(200);
  expect((await worker.complete(assigned, { a: 'first', b: [1, null] })).status).toBe(200);
  const ended = '/v1/problems/invalid-task-transition';
  await expectRefusal(await worker.complete(assigned, { ...result, a: 'second' }), 409, ended);
  await expectRefusal(await worker.report(assigned, { status: 'failed', error: 'no' }), 409, ended);
  await expectRefusal(await worker.report(assigned, { status: 'processing' }), 409, ended);
  expect((await getTask(queue, task_id))?.result).toEqual(result);
});

test('a completion that races a cancellation ends the task one way, and the worker is told which', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob();
  const worker = await TestWorker.join(server.url, [job], { capacity: 8 });
  const ids = await Promise.all(Array.from({ length: 8 }, () => ask(job)));
  await worker.nth(7);
  const answers = await Promise.all(
    worker.assigned.flatMap(assigned => [
      worker.complete(assigned).then(answer => [assigned.task.task_id, answer.status] as const),
      cancelTask(queue, assigned.task.task_id).then(
        () => null,
        () => null,
      ),
    ]),
  );
  const told = new Map(answers.filter(answer => answer !== null));
  for (const id of ids) {
    const task = await waitFor(async () => {
      const now = await getTask(queue, id);
      return now?.status !== 'processing' && now;
    });
    expect([task.status, told.get(id)]).toEqual(
      told.get(id) === 200 ? ['completed', 200] : ['cancelled', 409],
    );
    expect(task.attempts).toHaveLength(1);
  }
});

test('a server that never held a stream recovers the tasks of workers whose server is gone', async () => {
  const dying = await startRemoteServer(queue);
  const job = await newJob({ max_retries: 1 });
  const task_id = await ask(job);
  const worker = await TestWorker.join(dying.url, [job]);
  await worker.nth();
  await dying.stop();
  const lonely = await startRemoteServer(queue);
  lonely.remote.start();
  expect(await taskIs(task_id, 'queued')).toMatchObject({ retry_count: 1, attempts: [{ outcome: 'lost' }] });
});

test('clients that hang up before they are answered leave no stream behind', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob();
  const worker = await TestWorker.join(server.url, [job], { stream: false });
  const { hostname, port } = new URL(server.url);
  const path = `/api/v1/workers/${worker.worker_id}/stream`;
  for (let n = 0; n < 20; n++)
    await new Promise<void>(resolve => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${worker.token}\r\n\r\n`,
        );
        setTimeout(() => socket.destroy(), n / 2);
      });
      socket.on('close', () => resolve());
    });
  await waitFor(() => server.remote.size === 0, { timeoutMs: 3_000, description: 'no stream to be left' });
  expect((await worker.ask('/stream', { method: 'HEAD' })).status).toBe(200);
  expect(server.remote.size).toBe(0);
  const task_id = await ask(job);
  await worker.connect();
  expect((await worker.nth()).task.task_id).toBe(task_id);
});

test('rubbish of every kind is refused by a problem, never by a 500', async () => {
  const server = await startRemoteServer(queue);
  const job = await newJob();
  await ask(job);
  const worker = await TestWorker.join(server.url, [job]);
  const { task, claim } = await worker.nth();
  const rubbish = [null, 1, [], {}, 'x', { $gt: '' }, '\0', '\ud800', '__proto__', 1e308, { a: { b: '\0' } }];
  const room = `${server.url}/api/v1/rooms/lab`;
  const put = (url: string, body: unknown, method = 'PUT') =>
    fetch(url, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const answers: [string, Response][] = [];
  for (const bad of rubbish) {
    for (const field of ['status', 'claim', 'progress', 'result', 'error', 'more'])
      answers.push([
        field,
        await worker.report({ task, claim: 'none' }, { status: 'processing', [field]: bad }),
      ]);
    for (const field of [
      'category',
      'name',
      'schema',
      'max_retries',
      'concurrency',
      'timeouts',
      'retry',
      'tags',
    ])
      answers.push([
        field,
        await put(`${room}/jobs`, { category: 'fuzz', name: 'Fuzz', schema: {}, [field]: bad }),
      ]);
    for (const field of ['name', 'jobs', 'capacity'])
      answers.push([
        field,
        await put(
          `${server.url}/api/v1/workers`,
          { name: 'w', jobs: [job], capacity: 1, [field]: bad },
          'POST',
        ),
      ]);
    answers.push(['body', await put(`${room}/tasks/${job}`, bad, 'POST')]);
    answers.push(['path', await put(`${room}/tasks/${encodeURIComponent(JSON.stringify(bad))}`, {}, 'POST')]);
  }
  for (const [what, answer] of answers) {
    const said = `${what}: ${answer.status} ${await answer.text()}`;
    expect(answer.status, said).toBeLessThan(500);
    if (answer.status >= 400)
      expect(answer.headers.get('content-type'), said).toBe('application/problem+json');
  }
  expect((await worker.complete({ task, claim })).status).toBe(200);
});
