// Workers inside the test process, stopped when their test ends; and waiting for what becomes of tasks.
import { onTestFinished } from 'vitest';
import { enqueueTask, getTask, isTerminal, type NewTask, type Queue, type Task } from '../../queue/index.ts';
import type { AnyActor } from '../../worker/actors/actor.ts';
import { startWorker, type Worker, type WorkerOptions } from '../../worker/worker.ts';
import { waitFor } from '../helpers/wait.ts';

export async function startTestWorker(
  queue: Queue,
  actors: readonly AnyActor[],
  options: Partial<WorkerOptions> = {},
): Promise<Worker> {
  const worker = await startWorker({ queue, actors, drain_ms: 100, ...options });
  onTestFinished(() => worker.stop());
  return worker;
}

/** The task once `condition` holds for it. */
export function taskWhen(
  queue: Queue,
  task_id: string,
  condition: (task: Task) => boolean,
  timeoutMs = 10_000,
): Promise<Task> {
  const look = async () => {
    const task = await getTask(queue, task_id);
    return task && condition(task) ? task : null;
  };
  return waitFor(look, { timeoutMs, description: `task ${task_id}` });
}

export const taskEnd = (queue: Queue, task_id: string, timeoutMs?: number) =>
  taskWhen(queue, task_id, task => isTerminal(task.status), timeoutMs);

/** Enqueues a task and waits until an attempt of it ended. */
export async function attemptOf(queue: Queue, task: NewTask): Promise<Task> {
  const { task_id } = await enqueueTask(queue, task);
  return taskWhen(queue, task_id, ({ attempts }) => attempts.length > 0);
}

/** A promise with its handles. */
export function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>(done => {
    resolve = done;
  });
  return { promise, resolve };
}
