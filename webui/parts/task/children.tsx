// The tasks that a task has spawned.
import { useInfiniteQuery } from '@tanstack/react-query';
import { hasEnded, type Task } from '../../../client/index.ts';
import { childrenQuery } from '../../api/lists.ts';
import { itemsOf } from '../../api/page.ts';
import { More } from '../more.tsx';
import { TaskRow } from './row.tsx';

/** What is known of them; none while they are read. */
export function useChildren(task: Task) {
  const live = (children: readonly Task[]) => [task, ...children].some(one => !hasEnded(one));
  const list = useInfiniteQuery(childrenQuery(task.task_id, live));
  return { tasks: itemsOf(list.data?.pages ?? [], child => child.task_id), list };
}

export function Children({ task }: { task: Task }) {
  const { tasks, list } = useChildren(task);
  if (tasks.length === 0) return null;
  return (
    <section aria-labelledby="children">
      <h2 id="children" className="caption border-b-2 border-ink pb-1.5">
        What it spawned
      </h2>
      <ol>
        {tasks.map(child => (
          <TaskRow key={child.task_id} task={child} />
        ))}
      </ol>
      <More list={list} label="Earlier ones" />
    </section>
  );
}
