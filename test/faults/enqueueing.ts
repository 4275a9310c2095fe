// The writes of an enqueue: the lane is made ready, the tasks are stored, the lane is poked.
import { expect } from 'vitest';
import { completeTasks, enqueueTasks } from '../../queue/index.ts';
import { type Bench, claim, newTasks } from './bench.ts';
import type { During, Scenario } from './scenario.ts';

/** Enqueues three; an answer promises that all are stored, once, and that a claim finds them without a janitor. */
async function enqueueThree(bench: Bench, during: During): Promise<void> {
  const answer = await during(() => enqueueTasks(bench.faulty, newTasks(bench, 3)));
  const rows = await bench.clean.tasks.find({ workflow_run_id: bench.run }).toArray();
  expect(new Set(rows.map(({ payload }) => payload.ref)).size).toBe(rows.length);
  if (!answer) return;
  expect(rows.map(row => row._id).toSorted()).toEqual(answer.map(task => task.task_id).toSorted());
  expect(rows).toHaveLength(3);
  expect(await claim(bench.clean)).toHaveLength(2);
}

/** The faulty client knows the lane, which was closed because it is empty: an insert and a poke are left to write. */
async function warm(bench: Bench): Promise<void> {
  await enqueueTasks(bench.faulty, newTasks(bench, 1, { workflow_run_id: 'warm' }));
  const held = await claim(bench.clean);
  await completeTasks(
    bench.clean,
    held.map(task => ({ task, result: null })),
  );
  await claim(bench.clean);
  expect(await bench.clean.lanes.findOne({ _id: bench.run })).toMatchObject({ open: false });
}

export const enqueueing: Scenario[] = [
  { name: 'the lane of a new task', hits: { command: 'update', collection: 'lanes' }, run: enqueueThree },
  { name: 'the insert', hits: { command: 'insert', collection: 'task_queue' }, run: enqueueThree },
  {
    name: 'the poke after an insert',
    hits: { command: 'update', collection: 'lanes' },
    async run(bench, during) {
      await warm(bench);
      await enqueueThree(bench, during);
    },
  },
];
