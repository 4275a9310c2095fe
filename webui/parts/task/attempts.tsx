// The attempts a task has behind it: which worker, how long, how it went.
import type { Attempt } from '../../../client/index.ts';
import { Moment } from '../moment.tsx';
import { formatDuration } from '../time.ts';

const OUTCOMES: Record<Attempt['outcome'], { words: string; tone: string }> = {
  completed: { words: 'Completed', tone: 'state-completed' },
  failed: { words: 'Failed', tone: 'state-failed' },
  retried: { words: 'Failed, tried again', tone: 'state-assigned' },
  lost: { words: 'Worker lost', tone: 'state-assigned' },
  released: { words: 'Given back', tone: 'state-pending' },
  cancelled: { words: 'Cancelled', tone: 'state-cancelled' },
  timed_out: { words: 'Took too long', tone: 'state-failed' },
};

export function Attempts({ attempts }: { attempts: Attempt[] }) {
  if (attempts.length === 0) return null;
  return (
    <section aria-labelledby="attempts">
      <h2 id="attempts" className="caption border-b-2 border-ink pb-1.5">
        Attempts
      </h2>
      <ol>
        {attempts.map(attempt => (
          <AttemptRow key={attempt.attempt} attempt={attempt} />
        ))}
      </ol>
    </section>
  );
}

function AttemptRow({ attempt }: { attempt: Attempt }) {
  const { words, tone } = OUTCOMES[attempt.outcome] ?? { words: attempt.outcome, tone: 'state-pending' };
  return (
    <li className="border-b border-rule py-2.5">
      <p className="flex flex-wrap items-baseline gap-x-4">
        <span className="w-6 tabular-nums">{attempt.attempt}</span>
        <span className={`${tone} toned font-medium`}>{words}</span>
        <span className="text-sm text-soft tabular-nums">{tookOf(attempt)}</span>
        <span className="ml-auto text-sm text-soft">
          <Moment at={attempt.ended_at} />
        </span>
      </p>
      <p className="mt-0.5 pl-10 text-sm text-soft wrap-anywhere">
        {attempt.error && attempt.outcome !== 'completed' && <span>{attempt.error.message} </span>}
        {attempt.worker_id && <span className="font-mono text-xs">{attempt.worker_id}</span>}
      </p>
    </li>
  );
}

function tookOf({ started_at, ended_at }: Attempt): string {
  return formatDuration(Date.parse(ended_at) - Date.parse(started_at));
}
