// All tasks, newest first, live; which ones is kept in the address.
import { useEffect } from 'react';
import { Link, useSearchParams } from 'wouter';
import { useWatch } from '../api/live.tsx';
import { Notice } from '../parts/notice.tsx';
import { TaskList } from '../parts/task/task-list.tsx';

const SHOWN = [
  { key: 'all', label: 'All', status: [] },
  { key: 'pending', label: 'Pending', status: ['queued', 'scheduled'] },
  { key: 'running', label: 'Running', status: ['processing'] },
  { key: 'completed', label: 'Completed', status: ['completed'] },
  { key: 'failed', label: 'Failed', status: ['failed'] },
  { key: 'cancelled', label: 'Cancelled', status: ['cancelled'] },
];

export function TasksPage() {
  useWatch('all');
  useEffect(() => {
    document.title = 'Tasks · Callsheet';
  }, []);
  const [search] = useSearchParams();
  const shown = SHOWN.find(one => one.key === search.get('show')) ?? SHOWN[0]!;
  return (
    <>
      <h1 className="text-3xl">Tasks</h1>
      <nav aria-label="Which tasks" className="mt-4 mb-5 flex flex-wrap gap-2">
        {SHOWN.map(({ key, label }) => (
          <Link
            key={key}
            href={key === 'all' ? '/tasks' : `/tasks?show=${key}`}
            aria-current={key === shown.key ? 'page' : undefined}
            className="rounded-sm border border-edge px-3 py-1.5 text-sm font-medium hover:border-ink aria-[current=page]:border-ink aria-[current=page]:bg-ink aria-[current=page]:text-on-ink"
          >
            {label}
          </Link>
        ))}
      </nav>
      <TaskList
        key={shown.key}
        filter={shown.status.length > 0 ? { status: shown.status } : {}}
        empty={<Empty all={shown.key === 'all'} />}
      />
    </>
  );
}

function Empty({ all }: { all: boolean }) {
  if (!all) {
    return (
      <Notice title="None at the moment">
        <p>No task is in this state. They appear here by themselves as soon as one is.</p>
      </Notice>
    );
  }
  return (
    <Notice title="Nothing has been asked for yet">
      <p>Ask for a first picture; it appears here while it is being made.</p>
      <Link href="/" className="button button-main">
        Ask for a picture
      </Link>
    </Notice>
  );
}
