// How the queue is doing: what runs and waits now, and the last hour; of all actors, or of the one that the address names.
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { Link, useSearchParams } from 'wouter';
import type { Stats } from '../../client/index.ts';
import { minutesQuery, statsQuery } from '../api/lists.ts';
import { useWatch } from '../api/live.tsx';
import { actorsQuery } from '../api/queries.ts';
import { Trouble } from '../parts/notice.tsx';
import { Charts } from '../parts/stats/charts.tsx';
import { delayWords } from '../parts/stats/words.ts';

export function StatsPage() {
  useWatch('all');
  useEffect(() => {
    document.title = 'Figures · Callsheet';
  }, []);
  const [search] = useSearchParams();
  const actor = search.get('actor');
  return (
    <>
      <div className="mb-5 flex flex-wrap items-center justify-between gap-4">
        <h1 className="text-4xl leading-tight">Figures</h1>
        <Narrow actor={actor} />
      </div>
      <Figures actor={actor} />
    </>
  );
}

function Narrow({ actor }: { actor: string | null }) {
  const { data: actors } = useQuery(actorsQuery);
  const [, setSearch] = useSearchParams();
  if (!actors) return null;
  return (
    <label className="flex items-center gap-3">
      <span className="whitespace-nowrap text-soft">Done by</span>
      <select
        className="input"
        value={actor ?? ''}
        onChange={event => setSearch(event.target.value === '' ? {} : { actor: event.target.value })}
      >
        <option value="">everybody</option>
        {actors.map(({ name }) => (
          <option key={name}>{name}</option>
        ))}
      </select>
    </label>
  );
}

function Figures({ actor }: { actor: string | null }) {
  const now = useQuery(statsQuery(actor));
  const hour = useQuery(minutesQuery(actor));
  const error = now.error ?? hour.error;
  const readAgain = () => void Promise.all([now.refetch(), hour.refetch()]);
  if (error && (!now.data || !hour.data))
    return <Trouble what="The figures" error={error} onRetry={readAgain} />;
  if (!now.data || !hour.data) return <Loading />;
  return (
    <>
      <Now stats={now.data} />
      <Charts minutes={hour.data} />
    </>
  );
}

function Now({ stats }: { stats: Stats }) {
  const { idle_workers, busy_workers, pending_jobs, running_jobs, delay_ms, dead } = stats;
  const workers = idle_workers + busy_workers;
  return (
    <dl className="grid grid-cols-2 gap-4 sm:grid-cols-3 lg:grid-cols-6">
      <Figure name="Running">{running_jobs}</Figure>
      <Figure name="Waiting">{pending_jobs}</Figure>
      <Figure name="Completed in a minute">{stats.throughput_per_min}</Figure>
      <Figure name="Half waited" note={`99 of 100: ${delayWords(delay_ms.p99)}`}>
        {delayWords(delay_ms.p50)}
      </Figure>
      <Figure name="Workers busy" note={`of ${workers}`}>
        {busy_workers}
      </Figure>
      <Figure
        name="Dead letters"
        note={
          <Link href="/dead" className="underline">
            See them
          </Link>
        }
      >
        {dead}
      </Figure>
    </dl>
  );
}

function Figure({ name, note, children }: { name: string; note?: ReactNode; children: ReactNode }) {
  return (
    <div className="rounded-md border border-rule bg-sheet p-4">
      <dt className="text-sm text-soft">{name}</dt>
      <dd className="mt-1 text-2xl font-semibold tabular-nums">{children}</dd>
      {note && <dd className="text-sm text-soft">{note}</dd>}
    </div>
  );
}

function Loading() {
  return (
    <div aria-busy="true" className="grid gap-4 sm:grid-cols-3">
      <p className="sr-only">Reading the figures…</p>
      <span className="picture-well breathing h-24 rounded-md" />
      <span className="picture-well breathing h-24 rounded-md" />
      <span className="picture-well breathing h-24 rounded-md" />
    </div>
  );
}
