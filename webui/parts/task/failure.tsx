// Why a task failed: the kind of error, its message, and, folded, where in the code it came from.
import { Ban, CircleX } from 'lucide-react';
import type { Task, TaskError } from '../../../client/index.ts';
import { Tree } from './tree.tsx';

export function Failure({ task }: { task: Task }) {
  const { error } = task;
  if (!error || (task.state !== 'failed' && task.state !== 'cancelled')) return null;
  const cancelled = task.state === 'cancelled';
  const Icon = cancelled ? Ban : CircleX;
  return (
    <section
      aria-label={cancelled ? 'Cancelled' : 'Error'}
      className={`state-${task.state} border-l-4 border-(--tone) bg-sheet py-4 pr-5 pl-4`}
    >
      <h2 className="toned flex items-center gap-2 font-semibold">
        <Icon aria-hidden size={18} />
        {cancelled ? 'Cancelled' : <span className="font-mono font-medium">{error.type}</span>}
      </h2>
      <p className="mt-1.5 max-w-prose whitespace-pre-wrap wrap-anywhere">{error.message}</p>
      {!cancelled && <Depths error={error} />}
    </section>
  );
}

function Depths({ error }: { error: TaskError }) {
  const details = error.details;
  const hasDetails = details !== null && !(typeof details === 'object' && Object.keys(details).length === 0);
  return (
    <>
      {hasDetails && (
        <div className="mt-3">
          <Tree value={details} label="Details of the error" />
        </div>
      )}
      {error.stack_trace && (
        <details className="mt-3">
          <summary className="w-fit text-sm font-medium text-soft">Where it came from</summary>
          <pre
            // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
            tabIndex={0}
            className="mt-2 max-h-80 overflow-auto bg-well p-3 font-mono text-xs leading-relaxed"
          >
            {error.stack_trace}
          </pre>
        </details>
      )}
    </>
  );
}
