// What a stream says about a task, and what that makes of the task we hold. Pure; the cache is cache.ts.
import type { Task, TaskEvent, TaskState, TaskStatus } from '../../client/index.ts';

export const EVENT_NAMES = ['progress', 'complete', 'error'] as const satisfies TaskEvent['event'][];
export type EventName = (typeof EVENT_NAMES)[number];

/** Reads one event's data. Null for anything that does not name a task and a revision, which is then ignored. */
export function parseEvent(event: EventName, data: string): TaskEvent | null {
  try {
    const body = JSON.parse(data) as Partial<TaskEvent> | null;
    if (typeof body?.task_id !== 'string' || typeof body.rev !== 'number') return null;
    return { ...body, event } as TaskEvent;
  } catch {
    return null;
  }
}

/** The status a task has after the event. */
export function statusAfter(event: TaskEvent): TaskStatus {
  if (event.event === 'progress') return event.status;
  if (event.event === 'complete') return 'completed';
  return event.error?.type === 'Cancelled' ? 'cancelled' : 'failed';
}

/**
 * The task as the event leaves it; the very same object when the event is no newer than what we hold. Of one revision a later
 * event tells what the task waits for now.
 */
export function applyEvent(task: Task, event: TaskEvent): Task {
  if (event.rev < task.rev) return task;
  if (event.rev === task.rev) return movedBy(task, event);
  const status = statusAfter(event);
  if (event.event === 'progress') {
    const { rev, state, progress, queue } = event;
    return { ...task, rev, status, state, queue, progress: progress ?? task.progress };
  }
  const over = { ...task, rev: event.rev, status, state: status as TaskState, queue: null };
  return event.event === 'complete' ? { ...over, result: event.result } : { ...over, error: event.error };
}

function movedBy(task: Task, event: TaskEvent): Task {
  const waits = task.state === 'pending' && event.event === 'progress' && event.queue !== null;
  return waits ? { ...task, queue: event.queue } : task;
}

/** Of two readings of one task the newer; `fetched` where they are equal, because an event carries only a part. */
export function newerOf(held: Task | undefined, fetched: Task): Task {
  return held !== undefined && held.rev > fetched.rev ? held : fetched;
}
