// What can be done to dead letters, in words. Pure.
import { Archive, RotateCcw } from 'lucide-react';
import type { DeadFilter } from '../../../client/index.ts';

export type DeadAction = 'retry' | 'dismiss';

export const ACTION_LOOKS = {
  retry: {
    Icon: RotateCcw,
    one: 'Retry',
    all: 'Retry all',
    question: (tasks: string) => `Retry ${tasks}?`,
    consequence: 'Each is queued again under its own id, with all its retries.',
    agree: 'Retry them',
  },
  dismiss: {
    Icon: Archive,
    one: 'Dismiss',
    all: 'Dismiss all',
    question: (tasks: string) => `Dismiss ${tasks}?`,
    consequence: 'They leave this page and stay failed. Each can still be found and retried among the tasks.',
    agree: 'Dismiss them',
  },
} satisfies Record<DeadAction, object>;

/** A number of tasks: `1 task`, `12 tasks`. */
export function countWords(count: number): string {
  return count === 1 ? '1 task' : `${count.toLocaleString('en')} tasks`;
}

/** What was done. `more` says that the bound of one call was met. */
export function doneWords(action: DeadAction, changed: number, more: boolean): string {
  const verb = changed === 1 ? 'was' : 'were';
  const done = `${countWords(changed)} ${verb} ${action === 'retry' ? 'queued again' : 'dismissed'}.`;
  return more ? `${done} There are more: do it again for the rest.` : done;
}

/** Which letters a filter means. */
export function filterWords({ actor, error_type }: DeadFilter): string {
  if (actor === undefined && error_type === undefined) return 'every dead letter';
  return [actor, error_type].filter(Boolean).join(' · ');
}
