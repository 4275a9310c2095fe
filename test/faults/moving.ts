// The writes between claim and end, and those of the maintenance and of people.
import { expect } from 'vitest';
import {
  cancelTask,
  enqueueTasks,
  promoteDueTasks,
  recoverStaleTasks,
  saveCheckpoint,
  setLimit,
  type Task,
  updateHeartbeat,
  updateProgress,
} from '../../queue/index.ts';
import { waitFor } from '../helpers/wait.ts';
import { type Bench, claim, hold, newTasks } from './bench.ts';
import { onLanes, onTasks, type Scenario } from './scenario.ts';

async function expectEach({ clean }: Bench, tasks: readonly { _id: string }[], what: object): Promise<void> {
  for (const { _id } of tasks) expect(await clean.tasks.findOne({ _id })).toMatchObject(what);
}

/** The tasks of this case, once the database's clock has passed the moment that `field` names by `ms`. */
async function aged(bench: Bench, field: keyof Task, ms: number): Promise<void> {
  const past = { $expr: { $lt: [`$${field}`, { $subtract: ['$$NOW', ms] }] } };
  await waitFor(() => bench.clean.tasks.findOne({ workflow_run_id: bench.run, ...past }));
}

export const moving: Scenario[] = [
  {
    name: 'progress',
    hits: onTasks,
    async run(bench, during) {
      const tasks = await hold(bench, 2);
      const said = tasks.map(task => ({ task, progress: { elapsed_ms: 7, message: '$rev' } }));
      const lost = await during(() => updateProgress(bench.faulty, said));
      if (!lost) return;
      expect(lost).toEqual([]);
      await expectEach(bench, tasks, { begun: true, progress: { elapsed_ms: 7, message: '$rev' } });
    },
  },
  {
    name: 'a checkpoint',
    hits: onTasks,
    async run(bench, during) {
      const [task] = await hold(bench, 1);
      const saved = await during(async () => {
        await saveCheckpoint(bench.faulty, task!, { job: 'paid' });
        return true;
      });
      if (saved) await expectEach(bench, [task!], { state: { job: 'paid' } });
    },
  },
  {
    name: 'a heartbeat',
    hits: onTasks,
    async run(bench, during) {
      const tasks = await hold(bench, 2);
      const before = tasks[0]!.heartbeat_at!;
      await aged(bench, 'heartbeat_at', 2);
      const beat = await during(() => updateHeartbeat(bench.faulty, 'w1', tasks));
      if (!beat) return;
      expect([...beat.kept].toSorted()).toEqual(tasks.map(task => task._id).toSorted());
      expect(
        (await bench.clean.tasks.findOne({ _id: tasks[0]!._id }))!.heartbeat_at!.getTime(),
      ).toBeGreaterThan(before.getTime());
    },
  },
  {
    name: 'a recovery',
    hits: onTasks,
    async run(bench, during) {
      const tasks = await hold(bench, 2);
      await aged(bench, 'heartbeat_at', 2);
      const recovered = await during(() => recoverStaleTasks(bench.faulty, { lease_ms: 1 }));
      if (!recovered) return;
      expect(recovered).toHaveLength(2);
      await expectEach(bench, tasks, { status: 'queued', retry_count: 1, attempts: [{ outcome: 'lost' }] });
      expect(await claim(bench.clean)).toHaveLength(2);
    },
  },
  {
    name: 'a promotion',
    hits: onTasks,
    async run(bench, during) {
      await enqueueTasks(bench.clean, newTasks(bench, 2, { delay_ms: 1 }));
      await waitFor(() =>
        bench.clean.tasks.findOne({ status: 'scheduled', $expr: { $lt: ['$run_at', '$$NOW'] } }),
      );
      const answer = await during(() => promoteDueTasks(bench.faulty));
      if (answer) expect(await claim(bench.clean)).toHaveLength(2);
    },
  },
  {
    name: 'the cancellation of a waiting task',
    hits: onTasks,
    ends: ['cancelled', 'completed'],
    async run(bench, during) {
      const [task] = await enqueueTasks(bench.clean, newTasks(bench, 1));
      const answer = await during(() => cancelTask(bench.faulty, task!.task_id));
      if (answer) await expectEach(bench, [{ _id: task!.task_id }], { status: 'cancelled' });
    },
  },
  {
    name: 'the cancellation of a running task',
    hits: onTasks,
    ends: ['cancelled', 'completed'],
    async run(bench, during) {
      const [task] = await hold(bench, 1);
      const answer = await during(() => cancelTask(bench.faulty, task!._id));
      if (!answer) return;
      expect(answer.status).toBe('processing');
      const { cancelled } = await updateHeartbeat(bench.clean, 'w1', [task!]);
      expect(cancelled).toEqual([task!._id]);
    },
  },
  {
    name: 'a raised limit',
    hits: onLanes,
    async run(bench, during) {
      await hold(bench, 3);
      expect(await claim(bench.clean)).toEqual([]);
      bench.faulty.preparedLanes.set(bench.run, new Set(['draw']));
      const raised = await during(async () => {
        await setLimit(bench.faulty, bench.run, 3, 'draw');
        return true;
      });
      if (raised) expect(await claim(bench.clean)).toHaveLength(1);
    },
  },
];
