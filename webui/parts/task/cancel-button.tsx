// Cancels a task, after asking.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Ban } from 'lucide-react';
import { type RefObject, useRef } from 'react';
import { TASK_KEY } from '../../api/queries.ts';
import { isOver, type Task } from '../../api/task.ts';
import { cancelTask } from '../../api/tasks.ts';

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
      <Question task={task} dialog={dialog} onAgree={() => cancel.mutate()} />
    </>
  );
}

type QuestionProps = { task: Task; dialog: RefObject<HTMLDialogElement | null>; onAgree: () => void };

function Question({ task, dialog, onAgree }: QuestionProps) {
  const close = () => dialog.current?.close();
  const agree = () => {
    close();
    onAgree();
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby="cancel-title"
      className="m-auto max-w-md rounded-md border border-rule bg-sheet p-6 text-ink shadow-lg"
    >
      <h2 id="cancel-title" className="text-lg font-semibold">
        Cancel this task?
      </h2>
      <p className="mt-2 text-soft">{consequence(task)}</p>
      <div className="mt-6 flex flex-wrap justify-end gap-3">
        <button type="button" className="button" onClick={close}>
          Keep it
        </button>
        <button type="button" className="button button-grave" onClick={agree}>
          Cancel the task
        </button>
      </div>
    </dialog>
  );
}

function consequence(task: Task): string {
  if (task.state === 'pending') return 'It has not begun yet, so nothing is lost. It will not be started.';
  return 'It is being worked on. The worker is told to stop, and whatever it has made so far is dropped.';
}
