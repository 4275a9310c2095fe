// Spans, from the request that made a task to the attempts of it and of what it spawned, with a real SDK that keeps them here.
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openContent } from '../../content/index.ts';
import { enqueueTask, getTask, openQueue, type Queue } from '../../queue/index.ts';
import { createApp } from '../../server/index.ts';
import { type Actor, defineActor, RetryableError } from '../../worker/index.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { bodyOf, json } from '../server/setup.ts';
import { startTestWorker, taskEnd } from '../worker/start.ts';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

let queue: Queue;
let app: ReturnType<typeof createApp>;
beforeAll(async () => {
  provider.register();
  queue = await openQueue(await testDatabase());
  app = createApp({ queue, content: await openContent(queue.db) });
});
afterAll(() => provider.shutdown());

const caller = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const traceparent = `00-${caller.traceId}-${caller.spanId}-01`;

const tracer = trace.getTracer('a test');
const secret = 'sk-very-secret';

const parent = defineActor({
  name: 'parent',
  async execute(_payload, { spawn }) {
    return tracer.startActiveSpan('inner work', async span => {
      await Promise.resolve();
      const child = await spawn('child', {});
      span.end();
      return child;
    });
  },
});
const child = defineActor({ name: 'child', execute: () => null });
const flaky = defineActor({
  name: 'flaky',
  execute(_payload, { attempt }) {
    if (attempt < 3) throw new RetryableError(`cannot use ${secret}`, { delay_ms: 0 });
    return secret;
  },
});

async function start(...actors: Actor[]): Promise<void> {
  exporter.reset();
  const worker = await startTestWorker(queue, actors, { poll_ms: 20 });
  onTestFinished(() => worker.stop());
}

async function post(actor: string, headers: Record<string, string> = { traceparent }): Promise<string> {
  const request = json({ actor, payload: { key: secret } });
  const init = { ...request, headers: { 'content-type': 'application/json', ...headers } };
  return (await bodyOf(app.request('/api/task', init))).task_id;
}

const spansOf = (task_id: string) =>
  exporter
    .getFinishedSpans()
    .filter(({ attributes }) => attributes['callsheet.task_id'] === task_id)
    .toSorted(
      (a, b) => Number(a.attributes['callsheet.attempt']) - Number(b.attributes['callsheet.attempt']),
    );

/** The spans of a task's attempts, once there are so many. */
const attempts = (task_id: string, count = 1) =>
  waitFor(() => (spansOf(task_id).length >= count ? spansOf(task_id) : null));

const named = (name: string): ReadableSpan => exporter.getFinishedSpans().find(span => span.name === name)!;

test('a request with a traceparent has a span below it, and the attempt of its task one that links to that', async () => {
  await start(child);
  const task_id = await post('child');
  const [attempt] = await attempts(task_id);
  const request = named('POST /api/task');
  expect(request).toMatchObject({
    kind: SpanKind.SERVER,
    parentSpanContext: caller,
    attributes: { 'http.route': '/api/task', 'http.response.status_code': 202 },
  });
  expect(request.spanContext().traceId).toBe(caller.traceId);
  expect(attempt).toMatchObject({
    name: 'attempt child',
    kind: SpanKind.CONSUMER,
    attributes: {
      'callsheet.actor': 'child',
      'callsheet.task_id': task_id,
      'callsheet.attempt': 1,
      'callsheet.outcome': 'completed',
    },
    status: { code: SpanStatusCode.UNSET },
  });
  expect(attempt!.parentSpanContext).toBeUndefined();
  expect(attempt!.spanContext().traceId).not.toBe(caller.traceId);
  const { traceId, spanId } = request.spanContext();
  expect(attempt!.links.map(({ context }) => context)).toMatchObject([{ traceId, spanId }]);
});

test("what an actor does is below its attempt's span, and what it spawns stays in the trace that asked", async () => {
  await start(parent, child);
  const task_id = await post('parent');
  const done = await taskEnd(queue, task_id);
  const [above] = await attempts(task_id);
  expect(named('inner work').parentSpanContext).toMatchObject({ spanId: above!.spanContext().spanId });
  const childId = (done.result as { task_id: string }).task_id;
  expect((await getTask(queue, childId))?.traceparent).toBe((await getTask(queue, task_id))?.traceparent);
  const [below] = await attempts(childId);
  expect(below!.attributes['callsheet.parent_id']).toBe(task_id);
  expect(below!.links.map(({ context }) => context.traceId)).toEqual([caller.traceId]);
});

test('what a task without a trace spawns is linked to the attempt that spawned it', async () => {
  await start(parent, child);
  const { task_id } = await enqueueTask(queue, { actor: 'parent', payload: {} });
  const done = await taskEnd(queue, task_id);
  const [above] = await attempts(task_id);
  expect(above!.links).toEqual([]);
  const [below] = await attempts((done.result as { task_id: string }).task_id);
  expect(below!.links.map(({ context }) => context.traceId)).toEqual([above!.spanContext().traceId]);
});

test('each attempt has a span of its own, with the type of its error and nothing else of it', async () => {
  await start(flaky);
  const task_id = await post('flaky');
  const spans = await attempts(task_id, 3);
  expect(
    spans.map(({ attributes }) => [
      attributes['callsheet.attempt'],
      attributes['callsheet.outcome'],
      attributes['error.type'],
    ]),
  ).toEqual([
    [1, 'retried', 'RetryableError'],
    [2, 'retried', 'RetryableError'],
    [3, 'completed', undefined],
  ]);
  expect(spans.map(({ status }) => status)).toEqual([
    { code: SpanStatusCode.ERROR },
    { code: SpanStatusCode.ERROR },
    { code: SpanStatusCode.UNSET },
  ]);
  expect(new Set(spans.map(span => span.spanContext().traceId)).size).toBe(3);
  const told = exporter
    .getFinishedSpans()
    .map(({ name, attributes, events, status }) => ({ name, attributes, events, status }));
  expect(JSON.stringify(told)).not.toContain(secret);
});

test('a span is called after the route, and says neither path nor query', async () => {
  exporter.reset();
  await app.request('/api/task/tq_unknown?key=sk-1');
  await app.request('/no/such/place?key=sk-1');
  const spans = exporter.getFinishedSpans();
  expect(spans.map(({ name, attributes }) => [name, attributes['http.response.status_code']])).toEqual([
    ['GET /api/task/:id', 422],
    ['GET', 404],
  ]);
  expect(JSON.stringify(spans.map(({ name, attributes }) => [name, attributes]))).not.toMatch(
    /sk-1|unknown|such/,
  );
});
