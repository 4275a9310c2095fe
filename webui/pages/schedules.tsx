// Schedules: tasks by the clock. Whether one is being made, and of which kind, stands in the address.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { CalendarPlus, X } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import type { Schedule } from '../../client/index.ts';
import { schedulesQuery } from '../api/lists.ts';
import { useWatch } from '../api/live.tsx';
import { itemsOf } from '../api/page.ts';
import { actorsQuery, taskQuery } from '../api/queries.ts';
import { ActorPicker } from '../parts/form/actor-picker.tsx';
import { More } from '../parts/more.tsx';
import { Notice, Trouble } from '../parts/notice.tsx';
import { Said } from '../parts/said.tsx';
import { ScheduleForm } from '../parts/schedules/schedule-form.tsx';
import { ScheduleRow } from '../parts/schedules/schedule-row.tsx';

export function SchedulesPage() {
  useWatch('all');
  useEffect(() => {
    document.title = 'Schedules · Callsheet';
  }, []);
  const [search, setSearch] = useSearchParams();
  const [said, setSaid] = useState<ReactNode>('');
  const making = search.has('new');
  const onMade = () => {
    setSaid('The schedule is made.');
    setSearch({});
  };
  return (
    <>
      <div className="mb-5 flex flex-wrap items-center justify-between gap-4">
        <h1 className="text-4xl leading-tight">Schedules</h1>
        <Link href={making ? '/schedules' : '/schedules?new=1'} className="button">
          {making ? <X aria-hidden size={16} /> : <CalendarPlus aria-hidden size={16} />}
          {making ? 'Leave it' : 'New schedule'}
        </Link>
      </div>
      <Said>{said}</Said>
      {making && <Maker onMade={onMade} />}
      <Schedules onDone={setSaid} />
    </>
  );
}

/** The form of a new schedule; `?actor=` says for whom, `?from=` of which task it is a repetition. */
function Maker({ onMade }: { onMade: (schedule: Schedule) => void }) {
  const [search, setSearch] = useSearchParams();
  const from = search.get('from');
  const { data: actors, error, refetch } = useQuery(actorsQuery);
  const { data: task, isLoading } = useQuery({ ...taskQuery(from ?? ''), enabled: from !== null });
  if (!actors && error) return <Trouble what="The actors" error={error} onRetry={() => void refetch()} />;
  const wanted = search.get('actor') ?? task?.actor;
  const actor = actors?.find(one => one.name === wanted) ?? actors?.[0];
  if (!actor || !actors || isLoading) return null;
  return (
    <section aria-label="New schedule" className="mb-10 rounded-md border border-rule bg-sheet p-4 sm:p-6">
      <ScheduleForm
        key={`${actor.name} ${task?.task_id}`}
        actor={actor}
        given={task?.actor === actor.name ? task.payload : {}}
        picker={
          <ActorPicker
            actors={actors}
            chosen={actor}
            onChoose={name => setSearch({ new: '1', actor: name }, { replace: true })}
          />
        }
        onMade={onMade}
      />
    </section>
  );
}

function Schedules({ onDone }: { onDone: (said: ReactNode) => void }) {
  const list = useInfiniteQuery(schedulesQuery);
  const schedules = list.data && itemsOf(list.data.pages, one => one.schedule_id);
  if (!schedules && list.error)
    return <Trouble what="The schedules" error={list.error} onRetry={() => void list.refetch()} />;
  if (!schedules) return <Loading />;
  if (schedules.length === 0) return <Empty />;
  return (
    <>
      <ul className="border-t border-rule">
        {schedules.map(schedule => (
          <ScheduleRow key={schedule.schedule_id} schedule={schedule} onDone={onDone} />
        ))}
      </ul>
      <More list={list} label="Further schedules" />
    </>
  );
}

function Empty() {
  return (
    <Notice title="Nothing runs by the clock yet">
      <p>A schedule makes one task at each of its ticks, however many workers and servers there are.</p>
    </Notice>
  );
}

function Loading() {
  return (
    <div aria-busy="true" className="flex flex-col gap-3">
      <p className="sr-only">Reading the schedules…</p>
      <span className="picture-well breathing h-18 rounded-sm" />
      <span className="picture-well breathing h-18 rounded-sm" />
    </div>
  );
}
