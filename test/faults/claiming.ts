// The writes of a claim round.
import { expect } from 'vitest';
import { writeClaim } from '../../queue/claim/write.ts';
import { enqueueTasks, type Task } from '../../queue/index.ts';
import { type Bench, claim, hold, newTasks } from './bench.ts';
import type { Scenario } from './scenario.ts';

/** What a claim returned is held, under just this claim. */
async function expectHeld(bench: Bench, tasks: readonly Task[]): Promise<void> {
  const rows = await bench.clean.tasks.find({ worker_id: 'faulty' }).toArray();
  const held = new Map(rows.map(row => [row._id, row]));
  for (const { _id, claim, slot } of tasks)
    expect(held.get(_id)).toMatchObject({ status: 'processing', claim, ...(slot !== undefined && { slot }) });
}

export const claiming: Scenario[] = [
  {
    name: 'a claim of limited tasks',
    hits: { command: 'update', collection: 'task_queue' },
    async run(bench, during) {
      await enqueueTasks(bench.clean, newTasks(bench, 3));
      await expectHeld(bench, (await during(() => claim(bench.faulty, 10, 'faulty'))) ?? []);
    },
  },
  {
    name: 'a claim of unlimited tasks',
    hits: { command: 'update', collection: 'task_queue' },
    async run(bench, during) {
      await enqueueTasks(bench.clean, newTasks(bench, 3, { actor: 'echo' }));
      await expectHeld(bench, (await during(() => claim(bench.faulty, 10, 'faulty'))) ?? []);
    },
  },
  {
    name: 'the second try of a claim whose slot another took',
    hits: { command: 'update', collection: 'task_queue', skip: 1 },
    async run(bench, during) {
      const [holder] = await hold(bench, 3, {}, 1);
      const waiting = await bench.clean.tasks.find({ status: 'queued' }).sort({ _id: 1 }).toArray();
      const slots = [holder!.slot!, 1 - holder!.slot!];
      const claimer = { worker_id: 'faulty', claim: `faulty.${bench.run}` };
      const picks = waiting.map(({ _id, lane }, n) => ({ _id, lane, slot: slots[n]!, limit: 2, ...claimer }));
      const won = await during(() => writeClaim(bench.faulty, picks, ['draw']));
      await expectHeld(bench, won?.tasks ?? []);
      for (const { _id } of won?.tasks ?? []) expect(_id).toBe(picks[1]!._id);
    },
  },
];
