// What a stream says about one task, as Server-Sent Events text. Pure.
import { isTerminal, stateOf, type Task, viewProgress, type Waiting } from '../../queue/index.ts';

/** A task as streams read it: without what they do not show and what may be large. */
export type StreamedTask = Omit<Task, 'payload' | 'state' | 'attempts'>;

/** The current state of one task, formatted once for every stream that watches it. */
export interface TaskEvent {
  task_id: string;
  rev: number;
  workflow_run_id: string | null;
  /** Nothing follows it. */
  terminal: boolean;
  /** The latest of the task's stored moments, epoch ms. */
  changed_at: number;
  /** When the database was asked, epoch ms of its clock: a later change is not in it. */
  read_at: number;
  /** `event:` and `data:` lines. */
  text: string;
  /** Of two states of one rev the one with the larger turn is newer: what a task waits for changes without it. */
  turn: number;
  /** Of a pending task: what its text was made of. */
  pending: { task: StreamedTask; waiting: Waiting | null } | null;
}

let turns = 0;

export function eventOf(task: StreamedTask, waiting: Waiting | null, read_at: number): TaskEvent {
  const { _id: task_id, rev, workflow_run_id = null } = task;
  const terminal = isTerminal(task.status);
  const { name, data } = terminal ? ending(task) : { name: 'progress', data: standing(task, waiting) };
  const text = `event: ${name}\ndata: ${JSON.stringify({ task_id, rev, ...data })}\n`;
  const pending = stateOf(task) === 'pending' ? { task, waiting } : null;
  const state = { task_id, rev, workflow_run_id, terminal, changed_at: changedAt(task), read_at, text };
  return { ...state, turn: ++turns, pending };
}

function standing(task: StreamedTask, waiting: Waiting | null): object {
  return { status: task.status, state: stateOf(task), progress: viewProgress(task), queue: waiting };
}

function ending(task: StreamedTask): { name: string; data: object } {
  if (task.status === 'completed') return { name: 'complete', data: { result: task.result ?? null } };
  return { name: 'error', data: { error: task.error ?? null } };
}

function changedAt(task: StreamedTask): number {
  const { created_at, ready_at, started_at, completed_at, progress } = task;
  const moments = [created_at, ready_at, started_at, completed_at, progress?.updated_at];
  return Math.max(...moments.map(moment => moment?.getTime() ?? 0));
}

/** The event as it goes over the wire; `id` is what the client gives back when it reconnects. */
export function formatEvent({ text }: TaskEvent, id: string): string {
  return `id: ${id}\n${text}\n`;
}
