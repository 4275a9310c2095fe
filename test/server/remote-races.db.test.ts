// Reports of one claim that arrive at once, at one server or at two: one of them ends the task, and each is told the truth.
import { beforeAll, expect, test } from 'vitest';
import { enqueueTasks, getTask, openQueue, type Queue, type Task, verifyHistory } from '../../queue/index.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { type Assigned, publishJob, startRemoteServer, TestWorker } from './remote-worker.ts';
import { bodyOf } from './setup.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(await testDatabase());
});

type Said =
  | { status: 'completed'; result: unknown }
  | { status: 'failed'; error: { type: string; message: string } };

const completed = (result: unknown): Said => ({ status: 'completed', result });
const failed = (message: string): Said => ({ status: 'failed', error: { type: 'Error', message } });

/** Whether the attempt that is stored ended as was said. */
function isTruth({ attempts, result }: Task, said: Said): boolean {
  const { outcome, error } = attempts[0]!;
  if (said.status === 'completed') return outcome === 'completed' && Object.is(result, said.result);
  return outcome !== 'completed' && error?.message === said.error.message;
}

const refusals = ['/v1/problems/invalid-task-transition', 'urn:callsheet:problems/lost-claim'];

/** Says all of it at once of each of so many tasks; checks every answer, and resolves how often which of them was true. */
async function race(job: string, saying: readonly Said[], urls: readonly string[], rounds: number) {
  const worker = await TestWorker.join(urls[0]!, [job], { capacity: 10 });
  await enqueueTasks(
    queue,
    Array.from({ length: rounds }, () => ({ actor: job, payload: {} })),
  );
  const won = saying.map(() => 0);
  const one = async (round: number) => {
    const assigned = await worker.nth(round, 20_000);
    const answers = await Promise.all(
      saying.map((said, n) => say(worker, urls[(round + n) % urls.length]!, assigned, said)),
    );
    const task = (await getTask(queue, assigned.task.task_id))!;
    expect(task.attempts).toHaveLength(1);
    for (const [n, answer] of answers.entries()) {
      const truth = isTruth(task, saying[n]!);
      if (truth) won[n]! += 1;
      const told = `${JSON.stringify(saying[n])}: ${JSON.stringify(answer)} of ${JSON.stringify(task.attempts)}`;
      expect(answer.status, told).toBe(truth ? 200 : 409);
      if (truth) expect(answer.body, told).toMatchObject({ status: task.status });
      else expect(refusals, told).toContain(answer.body.type);
    }
  };
  await Promise.all(Array.from({ length: rounds }, (_, round) => one(round)));
  expect((await worker.ask('', { method: 'DELETE' })).status).toBe(204);
  return won;
}

async function say(worker: TestWorker, url: string, { task, claim }: Assigned, said: Said) {
  const answer = await fetch(`${url}/api/v1/workers/${worker.worker_id}/tasks/${task.task_id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${worker.token}` },
    body: JSON.stringify({ claim, ...said }),
  });
  return { status: answer.status, body: await bodyOf(answer) };
}

test.each([
  ['completed and failed', [completed(1), failed('x')], {}],
  ['failed and completed, with a retry left', [failed('x'), completed(1)], { max_retries: 1 }],
  ['two results', [completed(1), completed(2)], {}],
  ['two errors', [failed('x'), failed('y')], {}],
] as const)(
  'of %s at once the one that took effect is told so, and no other',
  async (name, saying, about) => {
    const urls = [(await startRemoteServer(queue)).url, (await startRemoteServer(queue)).url];
    // Without jitter: a retry that comes at once is another attempt.
    const retry = { base_ms: 3_600_000, max_ms: 3_600_000, jitter: false };
    const job = await publishJob(queue, `Race${name.replaceAll(/\W/g, '')}`, { ...about, retry });
    // At one server, then at two.
    const one = await race(job, saying, urls.slice(0, 1), 75);
    const two = await race(job, saying, urls, 75);
    const wins = one.map((count, n) => count + two[n]!);
    expect(wins.reduce((sum, count) => sum + count)).toBe(150);
    expect((await verifyHistory(queue)).findings).toEqual([]);
  },
);

test('an outcome that is said twenty times at once, over two servers, is taken once and acknowledged every time', async () => {
  const urls = [(await startRemoteServer(queue)).url, (await startRemoteServer(queue)).url];
  const job = await publishJob(queue, 'Repeated');
  const same = Array.from({ length: 20 }, () => completed('the same'));
  expect(await race(job, same, urls, 10)).toEqual(same.map(() => 10));
});

test('a worker that leaves while it reports is told whether the report was in time', async () => {
  const { url } = await startRemoteServer(queue);
  const job = await publishJob(queue, 'Leaving', { max_retries: 0 });
  for (let round = 0; round < 40; round++) {
    const worker = await TestWorker.join(url, [job]);
    await enqueueTasks(queue, [{ actor: job, payload: {} }]);
    const assigned = await worker.nth();
    const [answer] = await Promise.all([
      say(worker, url, assigned, completed(1)),
      worker.ask('', { method: 'DELETE' }),
    ]);
    const { task_id } = assigned.task;
    const task = (await getTask(queue, task_id))!;
    expect([answer.status === 200, task.attempts.length]).toEqual([task.status === 'completed', 1]);
    await queue.tasks.deleteOne({ _id: task_id });
  }
});
