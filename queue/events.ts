// The named events of the queue: what logs, metrics and tests listen to. Logic emits them and writes no log text.
import type { ClaimedTask, TaskError } from './task.ts';

interface TaskNamed {
  task_id: string;
  actor: string;
  lane: string;
}

/** Event name → arguments. Emitted by the process that made the change, once the database acknowledged it. */
export type QueueEvents = {
  'task:queued': [TaskNamed & { status: 'queued' | 'scheduled' }];
  'task:claimed': [ClaimedTask];
  'task:completed': [{ task_id: string; worker_id: string; attempt: number }];
  'task:retried': [
    {
      task_id: string;
      actor: string;
      worker_id: string;
      attempt: number;
      delay_ms: number;
      error: TaskError;
    },
  ];
  /** It became a dead letter: failed for good, out of retries after a lost lease, or refused by its actor's code. */
  'task:dead': [{ task_id: string; actor: string; worker_id: string | null; error: TaskError }];
  'task:cancelled': [{ task_id: string }];
  'task:released': [{ task_id: string; worker_id: string; attempt: number }];
  /** A settle or a progress write found its claim gone; nothing was written. */
  'task:lost': [{ task_id: string; worker_id: string }];
  /** A dead worker's task was taken back. */
  'task:recovered': [
    { task_id: string; actor: string; worker_id: string | null; outcome: 'queued' | 'failed' | 'cancelled' },
  ];
  'task:promoted': [{ count: number }];
  /** A failed or cancelled task was queued again on request. */
  'task:revived': [TaskNamed];
  /** One action on many tasks changed this many of them; nothing is emitted for each. */
  'tasks:acted': [{ action: 'cancel' | 'retry' | 'dismiss'; count: number }];
  /** A claim round met other claimers: candidates another took, and slots another took first. */
  'claim:contended': [{ lost: number; slot_conflicts: number }];
  /** The janitor found claimable work behind a closed flag: 0 without crashes. */
  'lanes:reopened': [{ lanes: string[] }];
  /** Of lanes that nobody has needed for a day. */
  'lanes:removed': [{ count: number }];
  /** Something that is tried again by itself went wrong. */
  'queue:trouble': [{ doing: string; error: unknown }];
};
