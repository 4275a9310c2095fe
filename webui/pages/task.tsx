// One task: its slate, what it made or why it failed, its attempts, what went in and what came out.
import { useQuery } from '@tanstack/react-query';
import { CalendarPlus } from 'lucide-react';
import { useEffect } from 'react';
import { Link } from 'wouter';
import { hasEnded, type Json, type Task } from '../../client/index.ts';
import { useWatch } from '../api/live.tsx';
import { taskQuery } from '../api/queries.ts';
import { isMissing } from '../api/trouble.ts';
import { UseAgain } from '../parts/media/actions.tsx';
import { Moment } from '../parts/moment.tsx';
import { Notice, Trouble } from '../parts/notice.tsx';
import { Attempts } from '../parts/task/attempts.tsx';
import { CancelButton } from '../parts/task/cancel-button.tsx';
import { Children } from '../parts/task/children.tsx';
import { CopyId } from '../parts/task/copy-id.tsx';
import { Failure } from '../parts/task/failure.tsx';
import { Pictures } from '../parts/task/pictures.tsx';
import { percentOf } from '../parts/task/segments.ts';
import { Slate } from '../parts/task/slate.tsx';
import { StartedFrom } from '../parts/task/started-from.tsx';
import { STATE_LOOKS } from '../parts/task/state.tsx';
import { taskTitle } from '../parts/task/title.ts';
import { Tree } from '../parts/task/tree.tsx';

export function TaskPage({ taskId }: { taskId: string }) {
  const { data: task, error, refetch } = useQuery(taskQuery(taskId));
  const unknown = !task && isMissing(error);
  useWatch(task ? (hasEnded(task) ? 'finished' : task.task_id) : unknown ? 'idle' : null);
  useTitle(task);
  if (task) return <TaskView task={task} />;
  if (unknown) return <UnknownTask taskId={taskId} />;
  if (error) return <Trouble page what="The task" error={error} onRetry={() => void refetch()} />;
  return <Loading />;
}

function TaskView({ task }: { task: Task }) {
  return (
    <article className="flex flex-col gap-7">
      <Head task={task} />
      <Slate task={task} />
      <Failure task={task} />
      <Pictures task={task} />
      <StartedFrom task={task} />
      <Children task={task} />
      <Attempts attempts={task.attempts} />
      <div className={`grid gap-7 ${task.result === null ? '' : 'sm:grid-cols-2'}`}>
        <Matter name="Payload" value={task.payload} />
        {task.result !== null && <Matter name="Result" value={task.result} />}
      </div>
    </article>
  );
}

function Head({ task }: { task: Task }) {
  return (
    <header className="flex flex-wrap items-end justify-between gap-x-8 gap-y-4">
      <div className="min-w-0 flex-1 basis-96">
        <p className="caption text-soft">{task.actor}</p>
        <h1 className="mt-1 text-3xl leading-tight wrap-anywhere">{taskTitle(task)}</h1>
        <p className="mt-2 flex flex-wrap items-center gap-x-3 text-sm text-soft">
          <span>
            Asked <Moment at={task.created_at} />
          </span>
          <CopyId id={task.task_id} />
          {task.parent_id && (
            <Link href={`/tasks/${task.parent_id}`} className="underline">
              Spawned by another task
            </Link>
          )}
        </p>
      </div>
      <div className="flex flex-wrap gap-3">
        <CancelButton task={task} />
        <UseAgain from={task.task_id} className="button" />
        <Link href={`/schedules?new=1&from=${task.task_id}`} className="button">
          <CalendarPlus aria-hidden size={16} />
          Repeat by the clock
        </Link>
      </div>
    </header>
  );
}

function Matter({ name, value }: { name: string; value: Json }) {
  return (
    <section aria-label={name} className="min-w-0">
      <h2 className="caption mb-2 border-b-2 border-ink pb-1.5">{name}</h2>
      <Tree value={value} label={name} />
    </section>
  );
}

function UnknownTask({ taskId }: { taskId: string }) {
  return (
    <Notice title="There is no such task" page>
      <p>
        Nothing is kept under <span className="font-mono wrap-anywhere">{taskId}</span>. The address may have
        been cut short.
      </p>
      <Link href="/tasks" className="button">
        See the tasks there are
      </Link>
    </Notice>
  );
}

function Loading() {
  return (
    <div aria-busy="true" className="flex flex-col gap-7">
      <p className="sr-only">Reading the task…</p>
      <span className="picture-well breathing h-10 w-2/3 rounded-sm" />
      <span className="picture-well breathing h-56 w-full rounded-md" />
    </div>
  );
}

/** The tab says how far the task is, so that it can be watched from another one. */
function useTitle(task: Task | undefined): void {
  const percent = task?.state === 'running' ? percentOf(task) : undefined;
  const state = task && (percent === undefined ? STATE_LOOKS[task.state].label : `${percent} %`);
  const title = task ? `${state} · ${taskTitle(task)} · Callsheet` : 'Callsheet';
  useEffect(() => {
    document.title = title;
  }, [title]);
}
