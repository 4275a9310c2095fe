// The segmented bar as a value: which part is behind, which is going on, how far. Pure; bar.tsx draws it.
import type { Task, TaskState } from '../../../client/index.ts';

export type Segment = {
  name: TaskState;
  /** `done` is behind us, `now` is where the task is, `ahead` is to come, `missed` was never reached. */
  phase: 'done' | 'now' | 'ahead' | 'missed';
  /** 0 to 1 of the segment; null while it goes on without saying how far it is. */
  fill: number | null;
};

const JOURNEY: readonly TaskState[] = ['pending', 'assigned', 'running'];

/** The four parts of a task's way, in order; the last one is named after how the task ended, or `completed` until then. */
export function segmentsOf(task: Pick<Task, 'state' | 'progress' | 'started_at'>): Segment[] {
  const at = JOURNEY.indexOf(task.state);
  if (at === -1) return [...JOURNEY.map(name => behind(name, task)), ending(task.state)];
  const journey = JOURNEY.map((name, index): Segment => {
    if (index < at) return { name, phase: 'done', fill: 1 };
    return index === at ? { name, phase: 'now', fill: fillOf(task) } : { name, phase: 'ahead', fill: 0 };
  });
  return [...journey, { name: 'completed', phase: 'ahead', fill: 0 }];
}

/** A task cancelled while it waited never ran, and its bar must not say that it did. */
function behind(name: TaskState, task: Pick<Task, 'started_at'>): Segment {
  const reached = name === 'pending' || task.started_at !== null;
  return reached ? { name, phase: 'done', fill: 1 } : { name, phase: 'missed', fill: 0 };
}

function ending(name: TaskState): Segment {
  return { name, phase: 'now', fill: 1 };
}

function fillOf(task: Pick<Task, 'state' | 'progress'>): number | null {
  if (task.state !== 'running') return null;
  const fraction = task.progress?.fraction;
  return typeof fraction === 'number' ? Math.min(1, Math.max(0, fraction)) : null;
}

/** How far the whole task is, in percent, for a progress bar; undefined while nobody can say. */
export function percentOf(task: Pick<Task, 'state' | 'progress'>): number | undefined {
  if (task.state === 'completed') return 100;
  const fill = fillOf(task);
  return fill === null ? undefined : Math.round(fill * 100);
}
