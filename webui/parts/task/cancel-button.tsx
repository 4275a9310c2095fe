// Cancels a task, after asking.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban } from 'lucide-react';
import { useRef } from 'react';
import { TASK_KEY } from '../../api/queries.ts';
import { isOver, type Task } from '../../api/task.ts';
import { cancelTask } from '../../api/tasks.ts';
import { Question } from '../question.tsx';

export function CancelButton({ task }: { task: Task }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelTask(task.task_id),
    // A refusal (it has just ended) is told by the task itself, so it is read again either way.
    onSettled: () => queries.invalidateQueries({ queryKey: [TASK_KEY, task.task_id] }),
  });
  if (isOver(task)) return null;
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
          {cancel.error.message}
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
      </Question>
    </>
  );
}

function consequence(task: Task): string {
  if (task.state === 'pending') return 'It has not begun yet, so nothing is lost. It will not be started.';
  return 'It is being worked on. The worker is told to stop, and whatever it has made so far is dropped.';
}
