// One task of a paid service, a worker that runs it, and what a test does to them.
import { enqueueTask, type NewTask, type Queue, recoverStaleTasks } from '../../queue/index.ts';
import type { Worker } from '../../worker/worker.ts';
import { waitFor } from '../helpers/wait.ts';
import { type Call, PaidService } from './paid-service.ts';
import { startTestWorker, taskWhen } from './start.ts';

export interface Stage {
  queue: Queue;
  service: PaidService;
  worker: Worker;
  task_id: string;
}

interface Begin {
  task?: Pick<NewTask, 'timeouts'>;
  /** How the service misbehaves. */
  faults?: Partial<PaidService>;
  /** The worker's view of the queue. */
  from?: Queue;
  lease_ms?: number;
}

/** Enqueues a task of a new service and starts a worker. */
export async function begin(
  queue: Queue,
  { task, faults = {}, from = queue, lease_ms = 30_000 }: Begin = {},
): Promise<Stage> {
  const service = Object.assign(new PaidService(), faults);
  const worker = await startTestWorker(from, [service.actor()], { heartbeat_ms: 60, lease_ms });
  const payload = { provider: service.name, action_type: 'txt2img', params: { prompt: 'Red fox' } };
  const { task_id } = await enqueueTask(queue, { actor: 'media', payload, ...task });
  return { queue, service, worker, task_id };
}

/** The newest of the task's attempts looks at its job. */
export const nextLook = ({ service }: Stage, after?: Call) =>
  waitFor(() => (service.looks.at(-1) === after ? null : service.looks.at(-1)));

export const attemptEnded = ({ queue, task_id }: Stage, count = 1) =>
  taskWhen(queue, task_id, ({ attempts }) => attempts.length >= count);

export const hasStopped = ({ queue, task_id }: Stage) =>
  taskWhen(queue, task_id, ({ status }) => status === 'cancelled' || status === 'failed');

/** As a worker that fell silent leaves it; this one does not, and its next heartbeat may come first. */
export function lose({ queue, task_id }: Stage): Promise<boolean> {
  return waitFor(async () => {
    await queue.tasks.updateOne({ _id: task_id }, { $set: { heartbeat_at: new Date(0) } });
    const recovered = await recoverStaleTasks(queue, { lease_ms: 30_000 });
    return recovered.some(task => task.task_id === task_id);
  });
}
