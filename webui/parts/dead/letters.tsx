// The dead letters themselves, the latest death first.
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { DeadFilter, Task } from '../../../client/index.ts';
import { client } from '../../api/client.ts';
import { deadQuery } from '../../api/lists.ts';
import { itemsOf } from '../../api/page.ts';
import { useChange } from '../change.ts';
import { Moment } from '../moment.tsx';
import { More } from '../more.tsx';
import { Notice, Trouble } from '../notice.tsx';
import { taskTitle } from '../task/title.ts';
import { ACTION_LOOKS, type DeadAction, doneWords } from './words.ts';

type Props = { filter: DeadFilter; onDone: (words: string) => void };

export function DeadLetters({ filter, onDone }: Props) {
  const list = useInfiniteQuery(deadQuery(filter));
  const tasks = list.data && itemsOf(list.data.pages, task => task.task_id);
  if (!tasks && list.error)
    return <Trouble what="The dead letters" error={list.error} onRetry={() => void list.refetch()} />;
  if (!tasks) return <Loading />;
  if (tasks.length === 0) return <Empty filter={filter} />;
  return (
    <>
      <ol className="border-t border-rule">
        {tasks.map(task => (
          <Letter key={task.task_id} task={task} onDone={onDone} />
        ))}
      </ol>
      <More list={list} label="Older dead letters" />
    </>
  );
}

function Letter({ task, onDone }: { task: Task; onDone: Props['onDone'] }) {
  return (
    <li className="flex flex-wrap items-start gap-x-5 gap-y-2 border-b border-rule py-3">
      <div className="min-w-56 flex-1">
        <Link href={`/tasks/${task.task_id}`} className="font-medium wrap-anywhere hover:underline">
          {taskTitle(task)}
        </Link>
        <p className="line-clamp-2 text-sm wrap-anywhere text-failed">
          <span className="font-mono">{task.error?.type}</span> {task.error?.message}
        </p>
        <p className="text-sm text-soft">
          {task.actor} · {triesOf(task)} · died <Moment at={task.completed_at ?? task.created_at} />
        </p>
      </div>
      <div className="flex gap-2">
        <OneButton action="retry" task={task} onDone={onDone} />
        <OneButton action="dismiss" task={task} onDone={onDone} />
      </div>
    </li>
  );
}

function triesOf({ attempt }: Task): string {
  return attempt === 1 ? '1 attempt' : `${attempt} attempts`;
}

type OneProps = { action: DeadAction; task: Task; onDone: Props['onDone'] };

function OneButton({ action, task, onDone }: OneProps) {
  const act = useChange<string>(onDone);
  async function change() {
    await client.dlq[action](task.task_id);
    return doneWords(action, 1, false);
  }
  const { Icon, one } = ACTION_LOOKS[action];
  return (
    <button
      type="button"
      className="button min-h-9 text-sm"
      disabled={act.isPending}
      onClick={() => act.mutate(change)}
    >
      <Icon aria-hidden size={15} />
      {one}
      <span className="sr-only"> {taskTitle(task)}</span>
    </button>
  );
}

function Empty({ filter }: { filter: DeadFilter }) {
  const narrowed = Object.keys(filter).length > 0;
  return (
    <Notice title={narrowed ? 'There are none of this kind' : 'There are no dead letters'}>
      <p>
        A task that fails for good comes here, and waits until somebody retries it or puts it away. Nothing is
        deleted.
      </p>
      {narrowed && (
        <Link href="/dead" className="button">
          See all of them
        </Link>
      )}
    </Notice>
  );
}

function Loading() {
  return (
    <div aria-busy="true" className="flex flex-col gap-3">
      <p className="sr-only">Reading the dead letters…</p>
      <span className="picture-well breathing h-16 rounded-sm" />
      <span className="picture-well breathing h-16 rounded-sm" />
      <span className="picture-well breathing h-16 rounded-sm" />
    </div>
  );
}
