// The slate: the task's state at a glance, as a clapperboard says which take this is.
import type { ReactNode } from 'react';
import { hasEnded, type Task } from '../../../client/index.ts';
import { useNow } from '../clock.ts';
import { formatClock, formatDuration } from '../time.ts';
import { placeSentence } from './place.ts';
import { SegmentedBar } from './segmented-bar.tsx';
import { StateMark } from './state.tsx';

const TICK_MS = 1_000;

export function Slate({ task }: { task: Task }) {
  const now = useNow(hasEnded(task) ? null : TICK_MS);
  return (
    <section
      aria-label="State"
      data-state={task.state}
      className="on-slate overflow-hidden rounded-md bg-slate text-slate-ink shadow-sm"
    >
      <div className="clapper" aria-hidden="true" />
      <dl className="grid grid-cols-2 border-b border-slate-rule sm:grid-cols-4">
        <Cell name="State">
          <StateMark state={task.state} size={20} />
        </Cell>
        <Cell name={clockName(task)}>
          <span className="tabular-nums">
            {hasEnded(task) ? formatDuration(elapsedMs(task, now)) : formatClock(elapsedMs(task, now))}
          </span>
        </Cell>
        <Cell name="Attempt">
          {Math.max(1, task.attempt)}{' '}
          <span className="text-base text-slate-soft">of {task.max_retries + 1}</span>
        </Cell>
        <Cell name={task.concurrency_limit === null ? 'Lane' : `Lane, ${task.concurrency_limit} at once`}>
          <span className="block truncate">{task.concurrency_identifier ?? task.actor}</span>
        </Cell>
      </dl>
      <div className="px-4 pt-5 pb-4 sm:px-5">
        <SegmentedBar task={task} />
        <Message task={task} now={now} />
      </div>
    </section>
  );
}

function Cell({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0 border-slate-rule px-4 py-3 odd:border-r max-sm:nth-[n+3]:border-t sm:border-r sm:px-5 sm:last:border-r-0">
      <dt className="caption text-slate-soft">{name}</dt>
      <dd className="mt-1 text-xl font-semibold">{children}</dd>
    </div>
  );
}

function clockName(task: Task): string {
  if (hasEnded(task)) return 'Took';
  return task.state === 'pending' ? 'Waiting' : 'Clock';
}

/** Since it was asked for while it waits; else since the work began. */
function elapsedMs(task: Task, now: number): number {
  const from = task.state === 'pending' || task.started_at === null ? task.created_at : task.started_at;
  const to = task.completed_at === null ? now : Date.parse(task.completed_at);
  return to - Date.parse(from);
}

function Message({ task, now }: { task: Task; now: number }) {
  const text = messageOf(task, now);
  const fraction = task.state === 'running' ? task.progress?.fraction : undefined;
  if (!text && typeof fraction !== 'number') return null;
  return (
    <p className="mt-4 flex justify-between gap-4 border-t border-slate-rule pt-3">
      <span className="min-w-0 wrap-anywhere">{text}</span>
      {typeof fraction === 'number' && <span className="tabular-nums">{Math.round(fraction * 100)} %</span>}
    </p>
  );
}

function messageOf(task: Task, now: number): string | null {
  if (hasEnded(task)) return null;
  if (task.cancel_requested) return 'Cancelling: the worker has been told to stop.';
  if (task.state === 'assigned') return 'A worker has taken it and is about to begin.';
  return placeSentence(task, now) ?? task.progress?.message ?? null;
}
