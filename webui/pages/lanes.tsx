// The lanes: what runs and waits under each key, its limit, and whether somebody has paused it.
import { useInfiniteQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useState } from 'react';
import { lanesQuery } from '../api/lists.ts';
import { useWatch } from '../api/live.tsx';
import { itemsOf } from '../api/page.ts';
import { LaneRow } from '../parts/lanes/lane-row.tsx';
import { More } from '../parts/more.tsx';
import { Notice, Trouble } from '../parts/notice.tsx';
import { Said } from '../parts/said.tsx';

export function LanesPage() {
  useWatch('all');
  useEffect(() => {
    document.title = 'Lanes · Callsheet';
  }, []);
  const [said, setSaid] = useState<ReactNode>('');
  return (
    <>
      <h1 className="text-4xl leading-tight">Lanes</h1>
      <p className="mt-1 mb-6 max-w-prose text-soft">
        Tasks with one key wait in one lane, and no more of them run at once than its limit says.
      </p>
      <Said>{said}</Said>
      <Lanes onDone={setSaid} />
    </>
  );
}

function Lanes({ onDone }: { onDone: (said: ReactNode) => void }) {
  const list = useInfiniteQuery(lanesQuery);
  const lanes = list.data && itemsOf(list.data.pages, lane => lane.key);
  if (!lanes && list.error)
    return <Trouble what="The lanes" error={list.error} onRetry={() => void list.refetch()} />;
  if (!lanes) return <Loading />;
  if (lanes.length === 0) return <Empty />;
  return (
    <>
      <ul className="border-t border-rule">
        {lanes.map(lane => (
          <LaneRow key={lane.key} lane={lane} onDone={onDone} />
        ))}
      </ul>
      <More list={list} label="Further lanes" />
    </>
  );
}

function Empty() {
  return (
    <Notice title="There are no lanes yet">
      <p>They come with the limits of a worker's actors, and with the first task of each key.</p>
    </Notice>
  );
}

function Loading() {
  return (
    <div aria-busy="true" className="flex flex-col gap-3">
      <p className="sr-only">Reading the lanes…</p>
      <span className="picture-well breathing h-24 rounded-sm" />
      <span className="picture-well breathing h-24 rounded-sm" />
    </div>
  );
}
