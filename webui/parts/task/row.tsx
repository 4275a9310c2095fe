// One task as a row of a list: picture, name, state, when.
import { Link } from 'wouter';
import type { Task } from '../../../client/index.ts';
import { useNow } from '../clock.ts';
import { Moment } from '../moment.tsx';
import { formatClock, formatDuration } from '../time.ts';
import { StateMark } from './state.tsx';
import { ThinBar } from './thin-bar.tsx';
import { Thumbnail } from './thumbnail.tsx';
import { taskTitle } from './title.ts';

/** `narrow` is for the rail beside the form, where the columns of the full list have no room. */
export function TaskRow({ task, narrow = false }: { task: Task; narrow?: boolean }) {
  return (
    <li className="border-b border-rule">
      <Link
        href={`/tasks/${task.task_id}`}
        className={`group flex items-center gap-3.5 py-3 hover:bg-sheet ${narrow ? '' : 'sm:px-3'}`}
      >
        <Thumbnail task={task} size={narrow ? 48 : 56} />
        <span className="min-w-0 flex-1">
          <span className="line-clamp-2 leading-snug font-medium wrap-anywhere group-hover:underline">
            {taskTitle(task)}
          </span>
          <span className={`mt-0.5 flex flex-wrap gap-x-3 text-sm text-soft ${narrow ? '' : 'sm:hidden'}`}>
            <StateMark state={task.state} size={14} />
            <Percent task={task} />
            <Moment at={task.created_at} />
          </span>
          {!narrow && <Origin task={task} />}
          <ThinBar task={task} />
        </span>
        {!narrow && <Columns task={task} />}
      </Link>
    </li>
  );
}

function Origin({ task }: { task: Task }) {
  return (
    <span className="mt-0.5 hidden font-mono text-xs text-soft sm:block">
      {task.actor}
      {task.concurrency_identifier &&
        task.concurrency_identifier !== task.actor &&
        ` · ${task.concurrency_identifier}`}
    </span>
  );
}

function Columns({ task }: { task: Task }) {
  return (
    <>
      <span className="hidden w-40 items-center gap-3 text-sm sm:flex">
        <StateMark state={task.state} /> <Percent task={task} />
      </span>
      <span className="hidden w-24 text-right text-sm text-soft tabular-nums sm:block">
        <Taken task={task} />
      </span>
      <span className="hidden w-28 text-right text-sm text-soft sm:block">
        <Moment at={task.created_at} />
      </span>
    </>
  );
}

function Percent({ task }: { task: Task }) {
  const fraction = task.state === 'running' ? task.progress?.fraction : undefined;
  if (typeof fraction !== 'number') return null;
  return <span className="text-soft tabular-nums">{Math.round(fraction * 100)} %</span>;
}

/** How long the work took, or takes so far; nothing before it began. */
function Taken({ task }: { task: Task }) {
  const now = useNow(task.status === 'processing' ? 1_000 : null);
  if (task.started_at === null || task.state === 'pending') return <span title="Not begun">–</span>;
  const start = Date.parse(task.started_at);
  return task.completed_at === null
    ? formatClock(now - start)
    : formatDuration(Date.parse(task.completed_at) - start);
}
