// One schedule: when it runs, what it makes, what came of it last, and what can be done with it.
import { Pause, Play, RotateCw, Trash2 } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import { Link } from 'wouter';
import type { Schedule } from '../../../client/index.ts';
import { client } from '../../api/client.ts';
import { useChange } from '../change.ts';
import { Moment } from '../moment.tsx';
import { Question } from '../question.tsx';
import { taskTitle } from '../task/title.ts';

type Props = { schedule: Schedule; onDone: (said: ReactNode) => void };

export function ScheduleRow({ schedule, onDone }: Props) {
  const { cron, time_zone, last_task_id, last_error } = schedule;
  return (
    <li className="flex flex-wrap items-start gap-x-6 gap-y-3 border-b border-rule py-4">
      <div className="w-44">
        <p className="font-mono font-medium">{cron}</p>
        <p className="text-sm text-soft">{time_zone}</p>
      </div>
      <div className="min-w-56 flex-1">
        <p className="font-medium wrap-anywhere">{taskTitle(schedule)}</p>
        <p className="flex flex-wrap gap-x-3 text-sm text-soft">
          <span className="font-mono text-xs leading-5">{schedule.actor}</span>
          <Next schedule={schedule} />
          {last_task_id && (
            <Link href={`/tasks/${last_task_id}`} className="underline">
              Its latest task
            </Link>
          )}
        </p>
        {last_error && (
          <p className="mt-1 text-sm text-failed wrap-anywhere">The last tick made no task: {last_error}</p>
        )}
      </div>
      <Buttons schedule={schedule} onDone={onDone} />
    </li>
  );
}

function Next({ schedule: { next_run_at } }: { schedule: Schedule }) {
  if (next_run_at === null) return <span className="state-assigned toned font-medium">Paused</span>;
  return (
    <span>
      Next <Moment at={next_run_at} />
    </span>
  );
}

const BUTTON = 'button min-h-9 text-sm';

function Buttons({ schedule, onDone }: Props) {
  const { paused } = schedule;
  const change = useChange<ReactNode>(onDone);
  const name = <span className="sr-only"> {taskTitle(schedule)}</span>;
  const { isPending } = change;
  return (
    <div className="flex flex-wrap gap-2">
      <button
        type="button"
        className={BUTTON}
        disabled={isPending}
        onClick={() => change.mutate(() => run(schedule))}
      >
        <RotateCw aria-hidden size={15} />
        Run now{name}
      </button>
      <button
        type="button"
        className={BUTTON}
        disabled={isPending}
        onClick={() => change.mutate(() => pauseOrResume(schedule))}
      >
        {paused ? <Play aria-hidden size={15} /> : <Pause aria-hidden size={15} />}
        {paused ? 'Resume' : 'Pause'}
        {name}
      </button>
      <DeleteButton name={name} onAgree={() => change.mutate(() => remove(schedule))} />
    </div>
  );
}

function DeleteButton({ name, onAgree }: { name: ReactNode; onAgree: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button type="button" className={BUTTON} onClick={() => dialog.current?.showModal()}>
        <Trash2 aria-hidden size={15} />
        Delete{name}
      </button>
      <Question
        dialog={dialog}
        title="Delete this schedule?"
        keep="Keep it"
        agree="Delete the schedule"
        onAgree={onAgree}
      >
        <p>It makes no task any more. The tasks it has made stay.</p>
      </Question>
    </>
  );
}

async function pauseOrResume({ schedule_id, paused }: Schedule): Promise<ReactNode> {
  await client.schedules.change(schedule_id, { paused: !paused });
  return paused ? 'It goes on with its next tick.' : 'It is paused: no tick makes a task.';
}

async function run({ schedule_id }: Schedule): Promise<ReactNode> {
  const { task_id } = await client.schedules.run(schedule_id);
  return (
    <>
      A task was made.{' '}
      <Link href={`/tasks/${task_id}`} className="underline">
        See it
      </Link>
    </>
  );
}

async function remove({ schedule_id }: Schedule): Promise<ReactNode> {
  await client.schedules.delete(schedule_id);
  return 'The schedule is gone; its tasks stay.';
}
