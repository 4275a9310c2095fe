// Figures from events.
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { QueueEvents } from '../../queue/index.ts';
import { countEvents } from '../../worker/counters.ts';
import { newWorkerEvents } from '../../worker/events.ts';

const named = { task_id: 'tq_1', worker_id: 'w1', attempt: 1 };
const error = { type: 'Odd', message: '', details: {}, stack_trace: '' };

function start() {
  const queue = new EventEmitter<QueueEvents>();
  const worker = newWorkerEvents();
  return { queue, worker, counters: countEvents(queue, worker) };
}

test('delays and executions fall into the buckets of their actor and outcome', () => {
  const { worker, counters } = start();
  for (const delay_ms of [-3, 4, 5, 300, 9_999_999])
    worker.emit('task:started', { ...named, actor: 'draw', delay_ms });
  worker.emit('attempt:ended', { ...named, actor: 'draw', lane: 'a', outcome: 'completed', run_ms: 700 });
  worker.emit('attempt:ended', { ...named, actor: 'draw', lane: 'a', outcome: 'retried', run_ms: 20 });
  worker.emit('attempt:ended', { ...named, actor: 'echo', lane: 'echo#1', outcome: 'completed', run_ms: 1 });
  worker.emit('attempt:ended', { ...named, actor: 'draw', lane: 'a', outcome: 'completed', run_ms: 300 });
  const { task_queue_delay_seconds: delays, task_execution_seconds: executions } = counters.read();
  expect(delays).toHaveLength(1);
  const { bounds, counts, count, sum } = delays[0]!.seconds;
  expect(counts[bounds.indexOf(0.005)]).toBe(3);
  expect(counts[bounds.indexOf(0.5)]).toBe(1);
  expect(counts.at(-1)).toBe(1);
  expect(counts).toHaveLength(bounds.length + 1);
  expect(count).toBe(5);
  expect(sum).toBeCloseTo(0.004 + 0.005 + 0.3 + 9_999.999);
  expect(executions.map(({ actor, outcome, seconds }) => [actor, outcome, seconds.count])).toEqual([
    ['draw', 'completed', 2],
    ['draw', 'retried', 1],
    ['echo', 'completed', 1],
  ]);
});

test('what happens to the queue by this process is counted, until it stops listening', () => {
  const { queue, counters } = start();
  queue.emit('task:recovered', { task_id: 'tq_1', actor: 'a', worker_id: 'w', outcome: 'queued' });
  queue.emit('task:dead', { task_id: 'tq_1', actor: 'a', worker_id: 'w', error });
  queue.emit('task:promoted', { count: 7 });
  queue.emit('claim:contended', { lost: 3, slot_conflicts: 1 });
  queue.emit('queue:trouble', { doing: 'this', error });
  counters.stop();
  queue.emit('task:promoted', { count: 1 });
  expect(counters.read()).toMatchObject({
    tasks_recovered_total: 1,
    tasks_dead_total: 1,
    tasks_promoted_total: 7,
    task_claim_conflicts_total: 3,
    queue_trouble_total: 1,
  });
});

test('what was read does not change any more', () => {
  const { worker, counters } = start();
  worker.emit('task:started', { ...named, actor: 'draw', delay_ms: 1 });
  const before = counters.read();
  worker.emit('task:started', { ...named, actor: 'draw', delay_ms: 1 });
  expect(before.task_queue_delay_seconds[0]!.seconds.count).toBe(1);
});
