// The progress of a task in a list: a thin line under its name, only while it runs.
import type { Task } from '../../../client/index.ts';
import { percentOf } from './segments.ts';

export function ThinBar({ task }: { task: Task }) {
  const percent = percentOf(task);
  if (task.state !== 'running' || percent === undefined) return null;
  return (
    <span className="thin-track state-running mt-1.5 block" aria-hidden="true">
      <span className="thin-fill block" style={{ width: `${percent}%` }} />
    </span>
  );
}
