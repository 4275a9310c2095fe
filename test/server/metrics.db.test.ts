// What monitoring sees: the live workers, and the figures for Prometheus.
import { MongoClient } from 'mongodb';
import { expect, test } from 'vitest';
import { addFigures, enqueueTasks, type Queue, type Task } from '../../queue/index.ts';
import { createApp } from '../../server/index.ts';
import { waitFor } from '../helpers/wait.ts';
import {
  addWorker,
  bodyOf,
  claimAll,
  enqueue,
  enqueueDead,
  json,
  openApp,
  openStream,
  serve,
  type TestApp,
} from './setup.ts';

type App = Pick<TestApp, 'app'>;

/** Series → value, of one scrape. */
async function scrape({ app }: App): Promise<Map<string, number>> {
  const answer = await app.request('/metrics');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const lines = (await answer.text()).split('\n').filter(line => line !== '' && !line.startsWith('#'));
  expect(lines.every(line => line.startsWith('callsheet_'))).toBe(true);
  return new Map(
    lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

/** Another server over the same database: it has counted nothing and remembers no figures. */
const another = ({ queue, content }: TestApp): App => ({ app: createApp({ queue, content }) });

test('live workers are listed with what they serve; silent ones are not', async () => {
  const t = await openApp();
  for (const id of ['w1', 'w2', 'w3']) await addWorker(t.queue, id);
  await t.queue.workers.updateOne({ _id: 'w2' }, { $set: { heartbeat_at: new Date(0) } });
  const first = await bodyOf(t.app.request('/api/v1/workers?limit=1'));
  expect(first.items).toEqual([
    {
      worker_id: 'w1',
      host: 'here',
      pid: 1,
      version: '0',
      actors: ['any', 'sleep', 'media'],
      capacity: 1,
      running: 0,
      draining: false,
      started_at: expect.any(String),
      heartbeat_at: expect.any(String),
      remote: false,
    },
  ]);
  const second = await bodyOf(t.app.request(`/api/v1/workers?limit=1&cursor=${first.next_cursor}`));
  expect(second).toMatchObject({ items: [{ worker_id: 'w3' }], next_cursor: null });
  for (const query of ['?limit=0', '?cursor=!', '?alive=1'])
    expect((await t.app.request(`/api/v1/workers${query}`)).status, query).toBe(422);
});

test('the figures of the queue: lanes, statuses, dead letters, workers, streams, the event loop', async () => {
  const t = await openApp();
  const { url } = await serve(t);
  await addWorker(t.queue);
  const media = { actor: 'media', payload: { provider: 'studio' } };
  for (let n = 0; n < 3; n++) await enqueue(t.queue, media);
  await waitFor(async () => (await claimAll(t.queue)).length > 0);
  await enqueueDead(t.queue);
  await enqueue(t.queue, { ...media, delay_ms: 60_000 });
  await openStream(`${url}/api/tasks/stream?all=1`);
  const figures = await scrape(t);
  expect(Object.fromEntries(figures)).toMatchObject({
    'callsheet_tasks{status="queued"}': 1,
    'callsheet_tasks{status="scheduled"}': 1,
    'callsheet_tasks{status="processing"}': 2,
    'callsheet_tasks{status="dead"}': 1,
    'callsheet_tasks_queued{lane="studio"}': 1,
    'callsheet_tasks_processing{lane="studio"}': 2,
    'callsheet_lane_limit{lane="studio"}': 2,
    callsheet_workers: 1,
    callsheet_sse_clients: 1,
    callsheet_database_up: 1,
    'callsheet_tasks_enqueued_total{actor="media"}': 4,
    'callsheet_tasks_enqueued_total{actor="any"}': 1,
  });
  expect((await scrape(t)).get('callsheet_event_loop_lag_seconds{quantile="0.99"}')).toBeGreaterThanOrEqual(
    0,
  );
});

test('what this server does on request is counted as it happens', async () => {
  const t = await openApp();
  const post = async (path: string, body: unknown = {}) => t.app.request(path, json(body));
  await post(`/api/task/${await enqueue(t.queue)}/cancel`);
  await post(`/api/task/${await enqueueDead(t.queue)}/retry`);
  for (let n = 0; n < 2; n++) await enqueueDead(t.queue);
  await post('/api/v1/admin/dlq/actions', { action: 'retry', filter: {} });
  expect(Object.fromEntries(await scrape(t))).toMatchObject({
    callsheet_tasks_cancelled_total: 1,
    callsheet_tasks_retried_total: 3,
    'callsheet_tasks_enqueued_total{actor="any"}': 4,
  });
});

test('what workers counted is shown as counters and histograms, whichever server is asked', async () => {
  const t = await openApp();
  const add = (outcome: 'completed' | 'failed', counts: number[], sum: number) =>
    addFigures(t.queue, [
      { name: 'task_execution_seconds', actor: 'any', outcome, counts, count: counts.length, sum },
      { name: 'tasks_claimed_total', count: 1, sum: 0, counts: [] },
    ]);
  await add('completed', [1, 1], 0.06);
  await add('completed', [1], 0.005);
  await add('failed', [1], 0.001);
  const figures = Object.fromEntries(await scrape(another(t)));
  const series = (name: string, outcome: string, le?: string) =>
    figures[`callsheet_${name}{actor="any",outcome="${outcome}"${le ? `,le="${le}"` : ''}}`];
  expect(series('task_execution_seconds_bucket', 'completed', '0.01')).toBe(2);
  expect(series('task_execution_seconds_bucket', 'completed', '0.05')).toBe(3);
  expect(series('task_execution_seconds_bucket', 'completed', '+Inf')).toBe(3);
  expect(series('task_execution_seconds_sum', 'completed')).toBeCloseTo(0.065);
  expect(series('task_execution_seconds_count', 'completed')).toBe(3);
  expect(series('tasks_finished_total', 'failed')).toBe(1);
  expect(figures.callsheet_tasks_claimed_total).toBe(3);
});

test('labels are bounded: of 300 lanes 200 are shown, the running ones first; no series names a task', async () => {
  const t = await openApp();
  const key = (n: number) => ({ actor: 'media', payload: { provider: `p${n}` } });
  await enqueueTasks(t.queue, [key(299), ...Array.from({ length: 299 }, (_, n) => key(n))]);
  const [first] = await t.queue.tasks.find({ lane: 'p299' }).toArray();
  await t.queue.tasks.updateOne({ _id: first!._id }, [
    { $set: { status: 'processing', slot: 0, claim: 'w.1', worker_id: 'w', heartbeat_at: '$$NOW' } },
  ]);
  const figures = await scrape(t);
  const lanes = [...figures.keys()].filter(series => series.startsWith('callsheet_tasks_queued{'));
  expect(lanes).toHaveLength(200);
  expect(figures.get('callsheet_tasks_processing{lane="p299"}')).toBe(1);
  expect(figures.get('callsheet_tasks{status="queued"}')).toBe(299);
  expect([...figures.keys()].join()).not.toContain('tq_');
});

test('of 500 actors 200 have series of their own, the rest is added up, and totals are never crowded out', async () => {
  const t = await openApp();
  const outcomes = ['completed', 'failed', 'retried', 'lost', 'released'] as const;
  const names = Array.from({ length: 500 }, (_, n) => `actor-${String(n).padStart(3, '0')}`);
  const figures = names.flatMap(actor =>
    outcomes.map(outcome => ({
      name: 'task_execution_seconds' as const,
      actor,
      outcome,
      count: 1,
      sum: 2,
      counts: [1],
    })),
  );
  await addFigures(t.queue, figures);
  await addFigures(t.queue, [{ name: 'tasks_claimed_total', count: 7, sum: 0, counts: [] }]);
  const shown = await scrape(t);
  expect(shown.get('callsheet_tasks_claimed_total')).toBe(7);
  const finished = [...shown.keys()].filter(series => series.startsWith('callsheet_tasks_finished_total{'));
  expect(finished).toHaveLength(201 * outcomes.length);
  const others = 'actor="others",outcome="completed"';
  // The read ends at 2,000 figures: 400 actors.
  const count = shown.get(`callsheet_tasks_finished_total{${others}}`)!;
  expect(count).toBeGreaterThanOrEqual(199);
  expect(shown.get(`callsheet_task_execution_seconds_sum{${others}}`)).toBe(2 * count);
  expect(shown.get(`callsheet_task_execution_seconds_bucket{${others},le="0.01"}`) ?? -1).toBe(count);
});

test('however many ask, the database is read once in a while; another server reads by itself', async () => {
  const t = await openApp();
  await enqueue(t.queue);
  const seen = await Promise.all(Array.from({ length: 20 }, () => scrape(t)));
  expect(new Set(seen.map(figures => figures.get('callsheet_tasks{status="queued"}')))).toEqual(new Set([1]));
  await enqueue(t.queue);
  const again = await scrape(t);
  expect(again.get('callsheet_tasks{status="queued"}')).toBe(1);
  expect(again.get('callsheet_tasks_enqueued_total{actor="any"}')).toBe(2);
  expect((await scrape(another(t))).get('callsheet_tasks{status="queued"}')).toBe(2);
});

test('without a database the process still tells its own figures', async () => {
  const t = await openApp();
  const client = new MongoClient('mongodb://127.0.0.1:9', { serverSelectionTimeoutMS: 200 });
  const queue: Queue = { ...t.queue, tasks: client.db('x').collection<Task>('task_queue') };
  const figures = await scrape({ app: createApp({ queue, content: t.content }) });
  expect(figures.get('callsheet_database_up')).toBe(0);
  expect(figures.has('callsheet_tasks{status="queued"}')).toBe(false);
  expect(figures.get('callsheet_sse_clients')).toBe(0);
  await client.close();
});
