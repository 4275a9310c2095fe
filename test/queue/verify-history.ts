// History made by hand: tasks that have ended, as the queue would have stored them.
import { newTaskId } from '../../queue/ids.ts';
import type { Attempt, Task } from '../../queue/task.ts';

/** Milliseconds from the beginning of the history. */
export interface Run {
  from: number;
  to: number;
  slot?: number;
  limit?: number;
  outcome?: Attempt['outcome'];
}

export const beginning = Date.parse('2026-01-01T00:00:00Z');
const at = (ms: number) => new Date(beginning + ms);

/** A completed task with these attempts; lanes with a "#" are unlimited. `changes` are applied last. */
export function finishedTask(lane: string, runs: readonly Run[], changes: Partial<Task> = {}): Task {
  const attempts = runs.map(attemptOf);
  const [first, last] = [runs[0], runs.at(-1)];
  const created_at = at(first?.from ?? 0);
  const limited = !lane.includes('#');
  return {
    _id: newTaskId(created_at),
    actor: limited ? 'draw' : 'echo',
    lane,
    concurrency_identifier: limited ? lane : null,
    concurrency_limit: last?.limit ?? null,
    status: 'completed',
    priority: 0,
    payload: { key: lane },
    result: null,
    created_at,
    ready_at: created_at,
    ...(last && { started_at: at(last.from), completed_at: at(last.to), worker_id: 'w1', claim: 'w1.1' }),
    attempt: runs.length,
    retry_count: runs.filter(run => run.outcome === 'retried' || run.outcome === 'lost').length,
    max_retries: 3,
    rev: 1 + 2 * runs.length,
    attempts,
    ...changes,
  };
}

function attemptOf({ from, to, slot, limit, outcome = 'completed' }: Run, index: number): Attempt {
  return {
    attempt: index + 1,
    worker_id: 'w1',
    started_at: at(from),
    ended_at: at(to),
    outcome,
    error: null,
    ...(slot !== undefined && { slot }),
    ...(limit !== undefined && { limit }),
  };
}

/** A task that is processing since `from`, in this slot. */
export function runningTask(
  lane: string,
  { from, ...slot }: Required<Pick<Run, 'from' | 'slot' | 'limit'>>,
): Task {
  const task = without(finishedTask(lane, [{ from, to: from, ...slot }]), 'result', 'completed_at');
  return { ...task, status: 'processing', slot: slot.slot, heartbeat_at: at(from), attempts: [] };
}

/** A task that nobody has claimed yet. */
export function queuedTask(lane: string): Task {
  return { ...without(finishedTask(lane, []), 'result'), status: 'queued' };
}

type Optional<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];

/** The task without some of the fields that a task may lack. */
export function without(task: Task, ...fields: Optional<Task>[]): Task {
  const rest = { ...task };
  for (const field of fields) delete rest[field];
  return rest;
}
