// The writes that end an attempt, and what follows them.
import { expect } from 'vitest';
import {
  type ClaimedTask,
  completeTasks,
  enqueueTasks,
  failTask,
  releaseTasks,
  stopTask,
  type TaskStatus,
} from '../../queue/index.ts';
import { type Bench, claim, hold, newTasks } from './bench.ts';
import { onLanes, onTasks, type Scenario } from './scenario.ts';

const error = { type: 'Boom', message: 'it broke', details: { why: '$payload' }, stack_trace: '' };

type Settle = (bench: Bench, tasks: ClaimedTask[]) => Promise<readonly string[]>;

/** Two held tasks are settled; an answer promises that both are in `status`, each with one attempt that ended so. */
function scenario(
  name: string,
  status: TaskStatus,
  outcome: string,
  settle: Settle,
  ends?: readonly TaskStatus[],
): Scenario {
  return {
    name,
    hits: onTasks,
    ...(ends && { ends }),
    async run(bench, during) {
      const tasks = await hold(bench, 2);
      const answer = await during(() => settle(bench, tasks));
      if (!answer) return;
      expect(answer).toEqual(['settled', 'settled']);
      for (const { _id } of tasks) {
        const task = await bench.clean.tasks.findOne({ _id });
        expect(task).toMatchObject({ status, attempts: [{ attempt: 1, outcome }] });
        expect(task).not.toHaveProperty('slot');
      }
    },
  };
}

export const settling: Scenario[] = [
  scenario('a completion', 'completed', 'completed', ({ faulty }, tasks) =>
    completeTasks(
      faulty,
      tasks.map(task => ({ task, result: task._id })),
    ),
  ),
  scenario(
    'a failure for good',
    'failed',
    'failed',
    ({ faulty }, tasks) => Promise.all(tasks.map(task => failTask(faulty, task, { error, retry: null }))),
    ['failed', 'completed'],
  ),
  scenario('a failure with a retry', 'scheduled', 'retried', ({ faulty }, tasks) =>
    Promise.all(tasks.map(task => failTask(faulty, task, { error, retry: { delay_ms: 1 } }))),
  ),
  scenario('a release', 'queued', 'released', ({ faulty }, tasks) => releaseTasks(faulty, tasks)),
  scenario(
    'the end of a cancelled task',
    'cancelled',
    'cancelled',
    ({ faulty }, tasks) => Promise.all(tasks.map(task => stopTask(faulty, task))),
    ['cancelled', 'completed'],
  ),
  {
    name: 'the lane that a completion gives room',
    hits: onLanes,
    async run(bench, during) {
      const tasks = await hold(bench, 2);
      await enqueueTasks(bench.clean, newTasks(bench, 1));
      // Full, so this closes the lane.
      expect(await claim(bench.clean)).toEqual([]);
      const completions = tasks.map(task => ({ task, result: null }));
      const answer = await during(() => completeTasks(bench.faulty, completions));
      // Without one, the worker asks again.
      expect(answer ?? (await completeTasks(bench.clean, completions))).toEqual(['settled', 'settled']);
      expect(await claim(bench.clean)).toHaveLength(1);
    },
  },
];
