// What a scenario is, and how one runs: the write goes wrong, then healthy workers go on, then history is judged.
import { expect } from 'vitest';
import { isTransient, type Task } from '../../queue/index.ts';
import { type Bench, finish } from './bench.ts';

/** Does a write while it goes wrong; undefined when it was answered by an error that says "unknown, or try again". */
export type During = <T>(write: () => Promise<T>) => Promise<T | undefined>;

export interface Scenario {
  name: string;
  /** Which command goes wrong, and how many of its kind pass before. */
  hits: { command: 'insert' | 'update'; collection: 'task_queue' | 'lanes'; skip?: number };
  /** How its tasks may end when nobody learnt the outcome; `completed` unless said. */
  ends?: readonly Task['status'][];
  run(bench: Bench, during: During): Promise<void>;
}

export const onTasks = { command: 'update', collection: 'task_queue' } as const;
export const onLanes = { command: 'update', collection: 'lanes' } as const;

let count = 0;

/**
 * Runs a scenario with `strike` around its write. Whatever went wrong: every task that was stored ends, in a way that it
 * may, with an unbroken history; and no change of any task was one that must not be.
 */
export async function expectSurvival(
  bench: Bench,
  scenario: Scenario,
  strike: <T>(write: () => Promise<T>) => Promise<T>,
): Promise<void> {
  bench.run = `case ${++count}`;
  await scenario.run(bench, async write => {
    try {
      return await strike(write);
    } catch (error) {
      if (!isTransient(error)) throw error;
      return undefined;
    }
  });
  await finish(bench);
  const ends = scenario.ends ?? ['completed'];
  for (const task of await bench.clean.tasks.find({ workflow_run_id: bench.run }).toArray()) {
    expect(ends).toContain(task.status);
    expect(task.attempts.map(({ attempt }) => attempt)).toEqual(task.attempts.map((_, n) => n + 1));
    expect(task.attempts).toHaveLength(task.attempt);
    expect(task).not.toHaveProperty('slot');
  }
  expect(bench.violations.kept).toEqual([]);
}

/** Every change that the bench's mongod ever made has been judged, and none was wrong. */
export async function expectCleanHistory(bench: Bench): Promise<void> {
  await bench.audit.catchUp(10_000);
  expect(bench.violations.kept).toEqual([]);
  expect([...bench.audit.replay.live.keys()]).toEqual([]);
  expect(bench.audit.replay.ended.size).toBe(await bench.clean.tasks.countDocuments());
}
