// A list of tasks by pages, with its loading, empty and error states.
import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Task } from '../../../client/index.ts';
import { type TaskChoice, tasksQuery } from '../../api/lists.ts';
import { itemsOf } from '../../api/page.ts';
import { More } from '../more.tsx';
import { Trouble } from '../notice.tsx';
import { TaskRow } from './row.tsx';

const RAIL_LENGTH = 8;

type Props = { narrow?: boolean; filter?: TaskChoice; empty: ReactNode };

/** `narrow` shows the latest few only, for the rail beside the form. */
export function TaskList({ narrow = false, filter, empty }: Props) {
  const list = useInfiniteQuery(tasksQuery(filter));
  const all = list.data && itemsOf(list.data.pages, task => task.task_id);
  if (!all && list.error) {
    return <Trouble what="The tasks" error={list.error} onRetry={() => void list.refetch()} />;
  }
  if (!all) return <Skeleton rows={narrow ? 4 : 8} />;
  // Of what is rare a page may be empty and the next one not.
  if (all.length === 0 && !list.hasNextPage) return empty;
  return (
    <>
      {!narrow && <Captions />}
      <Rows tasks={narrow ? all.slice(0, RAIL_LENGTH) : all} narrow={narrow} />
      {!narrow && <More list={list} label="Older tasks" />}
    </>
  );
}

/** The heads of the columns that row.tsx draws; the rows say the same in words to those who do not see them. */
function Captions() {
  return (
    <div aria-hidden="true" className="caption hidden gap-3.5 px-3 pb-2 text-soft sm:flex">
      <span className="flex-1">Task</span>
      <span className="w-40">State</span>
      <span className="w-24 text-right">Took</span>
      <span className="w-28 text-right">Asked</span>
    </div>
  );
}

function Rows({ tasks, narrow }: { tasks: Task[]; narrow: boolean }) {
  return (
    <ol className="border-t border-rule">
      {tasks.map(task => (
        <TaskRow key={task.task_id} task={task} narrow={narrow} />
      ))}
    </ol>
  );
}

function Skeleton({ rows }: { rows: number }) {
  return (
    <div className="border-t border-rule" aria-busy="true">
      <p className="sr-only">Reading the tasks…</p>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are all the same and never move
        <div key={row} className="flex items-center gap-3.5 border-b border-rule py-3">
          <span className="picture-well breathing size-12 rounded-sm" />
          <span className="picture-well breathing h-4 w-2/3 rounded-sm" />
        </div>
      ))}
    </div>
  );
}
