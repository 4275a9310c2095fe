// One lane: how full it is, what waits, what holds it back, and what can be done about it.
import { Play, TimerOff } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Lane } from '../../../client/index.ts';
import { client } from '../../api/client.ts';
import { useChange } from '../change.ts';
import { LoadBar } from '../load-bar.tsx';
import { Moment } from '../moment.tsx';
import { LimitButton } from './limit-button.tsx';
import { PauseButton } from './pause-button.tsx';
import { type Change, hasLimit, laneName, limitWords, queuedWords, runningWords } from './words.ts';

type Props = { lane: Lane; onDone: (said: ReactNode) => void };

export function LaneRow({ lane, onDone }: Props) {
  return (
    <li className="grid gap-x-6 gap-y-3 border-b border-rule py-4 sm:grid-cols-[minmax(0,1fr)_auto]">
      <div className="min-w-0">
        <h2 className="font-mono text-sm font-medium wrap-anywhere">{laneName(lane)}</h2>
        <Load lane={lane} />
        <p className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-sm text-soft">
          <span>{queuedWords(lane)}</span>
          <First lane={lane} />
          <Marks lane={lane} />
        </p>
      </div>
      <Buttons lane={lane} onDone={onDone} />
    </li>
  );
}

function Load({ lane }: { lane: Lane }) {
  const { running, limit } = lane;
  return (
    <div className="mt-1.5 max-w-md">
      <p className="text-sm">{runningWords(lane)}</p>
      {limit !== null && <LoadBar running={running} of={limit} />}
    </div>
  );
}

function First({ lane: { next } }: { lane: Lane }) {
  if (!next) return null;
  return (
    <span>
      <Link href={`/tasks/${next.task_id}`} className="underline">
        The first in line
      </Link>{' '}
      came <Moment at={next.ready_at} />
    </span>
  );
}

function Marks({ lane }: { lane: Lane }) {
  const { paused, cooldown_until, limit_set, default_limit } = lane;
  return (
    <>
      {paused && <span className="state-assigned toned font-medium">Paused</span>}
      {cooldown_until && (
        <span className="state-assigned toned font-medium">
          Rests, goes on <Moment at={cooldown_until} />
        </span>
      )}
      {limit_set && <span>Set by hand; the code says {limitWords(default_limit)}</span>}
      {!hasLimit(lane) && <span>No limit</span>}
    </>
  );
}

function Buttons({ lane, onDone }: Props) {
  const change = useChange<string>(onDone);
  const name = <span className="sr-only"> {laneName(lane)}</span>;
  const make: Change = (patch, said) =>
    change.mutate(async () => {
      await client.lanes.change(lane.key, patch);
      return said;
    });
  const disabled = change.isPending;
  return (
    <div className="flex flex-wrap items-start gap-2">
      {hasLimit(lane) && <LimitButton lane={lane} name={name} disabled={disabled} onChange={make} />}
      {lane.cooldown_until && (
        <button
          type="button"
          className="button min-h-9 text-sm"
          disabled={disabled}
          onClick={() => make({ cooldown_until: null }, `${laneName(lane)} goes on.`)}
        >
          <TimerOff aria-hidden size={15} />
          End the rest{name}
        </button>
      )}
      {lane.paused ? (
        <button
          type="button"
          className="button min-h-9 text-sm"
          disabled={disabled}
          onClick={() => make({ paused: false }, `${laneName(lane)} goes on.`)}
        >
          <Play aria-hidden size={15} />
          Resume{name}
        </button>
      ) : (
        <PauseButton lane={lane} name={name} disabled={disabled} onChange={make} />
      )}
    </div>
  );
}
