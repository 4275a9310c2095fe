// Spans of attempts outside, from the assignment to the end, whoever ends them; with a real SDK that keeps them here.
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cancelTask, enqueueInRoom, openQueue, parseTraceparent, type Queue } from '../../queue/index.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { publishJob, startRemoteServer, TestWorker } from './remote-worker.ts';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

let queue: Queue;
beforeAll(async () => {
  provider.register();
  queue = await openQueue(await testDatabase());
});
afterAll(() => provider.shutdown());

const caller = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const traceparent = `00-${caller.traceId}-${caller.spanId}-01`;
const secret = 'sk-very-secret';

let jobs = 0;
async function assign(about: Parameters<typeof publishJob>[2] = {}) {
  const server = await startRemoteServer(queue);
  const job = await publishJob(queue, `traced${++jobs}`, about);
  const task = { actor: job, payload: { key: secret } };
  const { task_id } = await enqueueInRoom(queue, 'lab', task, { traceparent });
  const worker = await TestWorker.join(server.url, [job]);
  return { server, job, task_id, worker, assigned: await worker.nth() };
}

const spansOf = (task_id: string) =>
  exporter.getFinishedSpans().filter(({ attributes }) => attributes['callsheet.task_id'] === task_id);

/** The only span of a task, once it has ended. */
async function spanOf(task_id: string, count = 1) {
  const spans = await waitFor(() => (spansOf(task_id).length >= count ? spansOf(task_id) : null), {
    timeoutMs: 10_000,
  });
  expect(spans).toHaveLength(count);
  return spans.at(-1)!;
}

const told = async (task_id: string, count = 1) => {
  const { attributes, status } = await spanOf(task_id, count);
  return [attributes['callsheet.outcome'], attributes['error.type'], status.code];
};
const { ERROR, UNSET } = SpanStatusCode;

test('an attempt outside has a span like one of ours, and its worker is told what to call the parent of its own', async () => {
  const { job, task_id, worker, assigned } = await assign();
  expect(spansOf(task_id)).toEqual([]);
  expect((await worker.complete(assigned, secret)).status).toBe(200);
  const span = await spanOf(task_id);
  expect(span).toMatchObject({
    name: `attempt ${job}`,
    kind: SpanKind.CONSUMER,
    attributes: {
      'callsheet.actor': job,
      'callsheet.task_id': task_id,
      'callsheet.attempt': 1,
      'callsheet.outcome': 'completed',
    },
    status: { code: UNSET },
  });
  expect(span.parentSpanContext).toBeUndefined();
  expect(span.links.map(({ context }) => context)).toMatchObject([caller]);
  const { traceId, spanId } = span.spanContext();
  expect(parseTraceparent(assigned.traceparent!)).toMatchObject({ traceId, spanId });
  expect(JSON.stringify([span.attributes, span.events])).not.toContain(secret);
});

test('each attempt has a span of its own, with the type of its error and nothing else of it', async () => {
  const { task_id, worker, assigned } = await assign({
    retry: { max_retries: 1, base_ms: 1, jitter: false },
  });
  await worker.report(assigned, { status: 'failed', error: { type: 'Flaky', message: secret } });
  expect(await told(task_id)).toEqual(['retried', 'Flaky', ERROR]);
  const again = await worker.nth(1);
  expect(again.traceparent).not.toBe(assigned.traceparent);
  await worker.report(again, { status: 'failed', error: secret });
  expect(await told(task_id, 2)).toEqual(['failed', 'Error', ERROR]);
  expect(spansOf(task_id).map(({ attributes }) => attributes['callsheet.attempt'])).toEqual([1, 2]);
  expect(
    JSON.stringify(spansOf(task_id).map(({ attributes, status }) => [attributes, status])),
  ).not.toContain(secret);
});

test('a cancellation, the hard limit and a worker that leaves end it as well', async () => {
  const unwanted = await assign();
  await cancelTask(queue, unwanted.task_id);
  expect(await told(unwanted.task_id)).toEqual(['cancelled', undefined, UNSET]);
  const slow = await assign({ timeouts: { soft_ms: 100, hard_ms: 300 } });
  expect(await told(slow.task_id)).toEqual(['timed_out', 'HardTimeout', ERROR]);
  const leaving = await assign();
  await leaving.worker.ask('', { method: 'DELETE' });
  expect(await told(leaving.task_id)).toEqual(['released', undefined, UNSET]);
});

test('one that is lost, or ended over another server, ends here with what became of it', async () => {
  const lost = await assign();
  lost.worker.disconnect();
  expect(await told(lost.task_id)).toEqual(['lost', 'LostClaim', ERROR]);
  const { server, task_id, worker, assigned } = await assign();
  worker.url = (await startRemoteServer(queue)).url;
  await worker.report(assigned, { status: 'failed', error: { type: 'Odd', message: 'no' } });
  expect(await told(task_id)).toEqual(['failed', 'Odd', ERROR]);
  expect(server.remote.size).toBe(1);
});

test('a stream that comes back goes on with the same span, at another server as well', async () => {
  const { server, task_id, worker, assigned } = await assign();
  await worker.connect();
  expect((await worker.nth(1)).traceparent).toBe(assigned.traceparent);
  await worker.connect((await startRemoteServer(queue)).url);
  // What another server knows of is the trace that asked for the task.
  expect(parseTraceparent((await worker.nth(2)).traceparent!)).toMatchObject({ traceId: caller.traceId });
  await waitFor(() => server.remote.size === 0);
  expect(spansOf(task_id)).toEqual([]);
  expect((await worker.complete(assigned)).status).toBe(200);
  expect(await told(task_id)).toEqual(['completed', undefined, UNSET]);
});

test('a server that stops says of what goes on without it that it does not know', async () => {
  const { server, task_id } = await assign();
  await server.stop();
  expect(await told(task_id)).toEqual(['unknown', undefined, UNSET]);
});
