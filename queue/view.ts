// What users see of a task: the wire form, with every absent value null. Claims, slots and dedupe keys are not shown.
import type { Attempt, Json, JsonObject, Task, TaskError, TaskProgress, TaskStatus } from './task.ts';
import type { Waiting } from './waiting.ts';

/** What people read: `assigned` is claimed with the actor not yet begun. */
export type TaskState = 'pending' | 'assigned' | 'running' | 'completed' | 'failed' | 'cancelled';

type AttemptView = Omit<Attempt, 'slot' | 'limit'>;

export interface ProgressView extends Omit<TaskProgress, 'fraction'> {
  fraction: number | null;
}

export interface TaskView {
  task_id: string;
  actor: string;
  status: TaskStatus;
  state: TaskState;
  rev: number;
  concurrency_identifier: string | null;
  concurrency_limit: number | null;
  priority: number;
  payload: JsonObject;
  result: Json;
  error: TaskError | null;
  progress: ProgressView | null;
  queue: Waiting | null;
  created_at: Date;
  run_at: Date | null;
  started_at: Date | null;
  completed_at: Date | null;
  worker_id: string | null;
  heartbeat_at: Date | null;
  attempt: number;
  retry_count: number;
  max_retries: number;
  attempts: AttemptView[];
  tags: string[];
  workflow_run_id: string | null;
  /** Only of a job: the room that asked for it. */
  room?: string;
  parent_id: string | null;
  cancel_requested: boolean;
  dead: boolean;
  urls: TaskUrls;
}

export interface TaskUrls {
  self: string;
  stream: string;
  cancel: string;
}

/** The wire form of a task. `base` is the prefix of its URLs. */
export function viewTask(task: Task, waiting: Waiting | null = null, base = ''): TaskView {
  return {
    task_id: task._id,
    actor: task.actor,
    status: task.status,
    state: stateOf(task),
    rev: task.rev,
    concurrency_identifier: task.concurrency_identifier,
    concurrency_limit: task.concurrency_limit,
    priority: task.priority,
    payload: task.payload,
    result: task.result ?? null,
    error: task.error ?? null,
    progress: viewProgress(task),
    queue: waiting,
    ...viewMoments(task),
    worker_id: task.worker_id ?? null,
    attempt: task.attempt,
    retry_count: task.retry_count,
    max_retries: task.max_retries,
    attempts: task.attempts.map(viewAttempt),
    tags: task.tags ?? [],
    workflow_run_id: task.workflow_run_id ?? null,
    ...(task.room !== undefined && { room: task.room }),
    parent_id: task.parent_id ?? null,
    cancel_requested: task.cancel_requested ?? false,
    dead: task.dead ?? false,
    urls: urlsOf(task._id, base),
  };
}

export function stateOf({ status, begun }: Pick<Task, 'status' | 'begun'>): TaskState {
  if (status === 'scheduled' || status === 'queued') return 'pending';
  if (status === 'processing') return begun ? 'running' : 'assigned';
  return status;
}

export function viewProgress({ progress }: Pick<Task, 'progress'>): ProgressView | null {
  return progress ? { ...progress, fraction: progress.fraction ?? null } : null;
}

function viewAttempt({ slot: _slot, limit: _limit, ...attempt }: Attempt): AttemptView {
  return attempt;
}

export function urlsOf(task_id: string, base = ''): TaskUrls {
  const self = `${base}/api/task/${task_id}`;
  return { self, stream: `${self}/stream`, cancel: `${self}/cancel` };
}

function viewMoments(task: Task) {
  return {
    created_at: task.created_at,
    run_at: task.run_at ?? null,
    started_at: task.started_at ?? null,
    completed_at: task.completed_at ?? null,
    heartbeat_at: task.heartbeat_at ?? null,
  };
}
