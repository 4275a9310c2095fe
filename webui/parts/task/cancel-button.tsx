// Cancels a task, after asking.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban } from 'lucide-react';
import { useRef, useState } from 'react';
import { hasEnded, type Task } from '../../../client/index.ts';
import { client } from '../../api/client.ts';
import { LISTS } from '../../api/lists.ts';
import { TASK_KEY } from '../../api/queries.ts';
import { errorText } from '../../api/trouble.ts';
import { Question } from '../question.tsx';
import { useChildren } from './children.tsx';

export function CancelButton({ task }: { task: Task }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [withChildren, setWithChildren] = useState(true);
  const live = useChildren(task).tasks.filter(child => !hasEnded(child)).length;
  const cancel = useCancel(task, live > 0 && withChildren);
  if (hasEnded(task)) return null;
  const asked = task.cancel_requested || cancel.isPending;
  return (
    <>
      <button
        type="button"
        className="button button-grave"
        disabled={asked}
        onClick={() => dialog.current?.showModal()}
      >
        <Ban aria-hidden size={16} />
        {asked ? 'Cancelling…' : 'Cancel'}
      </button>
      {cancel.error && (
        <p role="alert" className="w-full text-sm font-medium text-failed">
          {errorText(cancel.error)}
        </p>
      )}
      <Question
        dialog={dialog}
        title="Cancel this task?"
        keep="Keep it"
        agree="Cancel the task"
        onAgree={() => cancel.mutate()}
      >
        <p>{consequence(task)}</p>
        {live > 0 && <ChildrenToo live={live} checked={withChildren} onChange={setWithChildren} />}
      </Question>
    </>
  );
}

function useCancel({ task_id }: Task, children: boolean) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => client.cancelTask(task_id, { children }),
    // A refusal (it has just ended) is told by the task itself, so it is read again either way.
    onSettled: () => {
      void queries.invalidateQueries({ queryKey: LISTS });
      return queries.invalidateQueries({ queryKey: [TASK_KEY, task_id] });
    },
  });
}

type ChildrenTooProps = { live: number; checked: boolean; onChange: (checked: boolean) => void };

function ChildrenToo({ live, checked, onChange }: ChildrenTooProps) {
  return (
    <label className="mt-4 flex items-center gap-2.5 text-ink">
      <input
        type="checkbox"
        className="size-5 accent-(--accent)"
        checked={checked}
        onChange={event => onChange(event.target.checked)}
      />
      {live === 1 ? 'Cancel the task it spawned, too' : `Cancel the ${live} tasks it spawned, too`}
    </label>
  );
}

function consequence(task: Task): string {
  if (task.state === 'pending') return 'It has not begun yet, so nothing is lost. It will not be started.';
  return 'It is being worked on. The worker is told to stop, and whatever it has made so far is dropped.';
}
