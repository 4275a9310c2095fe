// The workers that are alive: how busy each is, what it serves, when it last gave a sign.
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Worker } from '../../client/index.ts';
import { workersQuery } from '../api/lists.ts';
import { useWatch } from '../api/live.tsx';
import { LoadBar } from '../parts/load-bar.tsx';
import { Moment } from '../parts/moment.tsx';
import { Notice, Trouble } from '../parts/notice.tsx';

export function WorkersPage() {
  useWatch('all');
  useEffect(() => {
    document.title = 'Workers · Callsheet';
  }, []);
  return (
    <>
      <h1 className="mb-5 text-4xl leading-tight">Workers</h1>
      <Workers />
    </>
  );
}

function Workers() {
  const { data: workers, error, refetch } = useQuery(workersQuery);
  if (!workers && error) return <Trouble what="The workers" error={error} onRetry={() => void refetch()} />;
  if (!workers) return <Loading />;
  if (workers.length === 0) return <Empty />;
  return (
    <>
      <p className="mb-4 text-soft">{summaryOf(workers)}</p>
      <ul className="grid gap-4 lg:grid-cols-2">
        {workers.map(worker => (
          <WorkerCard key={worker.worker_id} worker={worker} />
        ))}
      </ul>
    </>
  );
}

function summaryOf(workers: Worker[]): string {
  const running = workers.reduce((sum, worker) => sum + worker.running, 0);
  const capacity = workers.reduce((sum, worker) => sum + worker.capacity, 0);
  const who = workers.length === 1 ? 'One worker is' : `${workers.length} workers are`;
  return `${who} alive, with room for ${capacity} tasks at once. ${running} of them ${running === 1 ? 'runs' : 'run'} now.`;
}

function WorkerCard({ worker }: { worker: Worker }) {
  const { worker_id, host, pid, version, draining, remote, actors } = worker;
  return (
    <li className="min-w-0 rounded-md border border-rule bg-sheet p-4">
      <h2 className="font-mono text-sm font-medium wrap-anywhere">{worker_id}</h2>
      <p className="mt-0.5 text-sm text-soft">
        {remote ? `${host}, outside` : `${host}, process ${pid}, version ${version}`}
      </p>
      <Load worker={worker} />
      {draining && (
        <p className="state-assigned toned mt-2 text-sm font-medium">
          {remote
            ? 'Not listening: it is given nothing until it opens its stream.'
            : 'Stopping: it finishes what it has and takes nothing more.'}
        </p>
      )}
      <p className="mt-3 flex flex-wrap gap-x-4 text-sm text-soft">
        <span>
          Sign of life <Moment at={worker.heartbeat_at} />
        </span>
        <span>
          Started <Moment at={worker.started_at} />
        </span>
      </p>
      <ul className="mt-3 flex flex-wrap gap-1.5" aria-label="What it serves">
        {actors.map(actor => (
          <li key={actor} className="rounded-full border border-rule px-2.5 py-0.5 font-mono text-xs">
            {actor}
          </li>
        ))}
      </ul>
    </li>
  );
}

function Load({ worker: { running, capacity } }: { worker: Worker }) {
  return (
    <div className="mt-3">
      <p className="text-sm">
        <span className="text-xl font-semibold tabular-nums">{running}</span>{' '}
        <span className="text-soft">of {capacity} running</span>
      </p>
      <LoadBar running={running} of={capacity} />
    </div>
  );
}

function Empty() {
  return (
    <Notice title="No worker is alive">
      <p>
        What is asked for is kept and waits. Start one with{' '}
        <code className="font-mono text-ink">node worker</code>; it appears here within seconds.
      </p>
    </Notice>
  );
}

function Loading() {
  return (
    <div aria-busy="true" className="grid gap-4 lg:grid-cols-2">
      <p className="sr-only">Reading the workers…</p>
      <span className="picture-well breathing h-44 rounded-md" />
      <span className="picture-well breathing h-44 rounded-md" />
    </div>
  );
}
