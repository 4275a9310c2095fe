// All tasks, newest first, live. What they are narrowed to stands in the address.
import { X } from 'lucide-react';
import { useEffect } from 'react';
import { Link, useSearchParams } from 'wouter';
import { useWatch } from '../api/live.tsx';
import { Notice } from '../parts/notice.tsx';
import { TaskList } from '../parts/task/task-list.tsx';

export function TasksPage() {
  useWatch('all');
  useEffect(() => {
    document.title = 'Tasks · Callsheet';
  }, []);
  const [search, setSearch] = useSearchParams();
  const run = search.get('workflow_run_id') ?? '';
  return (
    <>
      <h1 className="mb-5 text-4xl leading-tight">Tasks</h1>
      <RunFilter run={run} onChoose={id => setSearch(id === '' ? {} : { workflow_run_id: id })} />
      <TaskList
        key={run}
        {...(run !== '' && { filter: { workflow_run_id: run } })}
        empty={run === '' ? <Empty /> : <NoneOfRun run={run} />}
      />
    </>
  );
}

function RunFilter({ run, onChoose }: { run: string; onChoose: (run: string) => void }) {
  return (
    <search>
      <form
        className="mb-5 flex flex-wrap items-end gap-3"
        onSubmit={event => {
          event.preventDefault();
          const typed = new FormData(event.currentTarget).get('run');
          onChoose(typeof typed === 'string' ? typed.trim() : '');
        }}
      >
        <label className="flex flex-wrap items-center gap-2.5 text-sm">
          <span className="text-soft">Workflow run</span>
          <input
            key={run}
            name="run"
            className="input min-h-9 w-56 py-1 text-sm"
            placeholder="every run"
            autoComplete="off"
            maxLength={200}
            defaultValue={run}
          />
        </label>
        <button type="submit" className="button min-h-9 text-sm">
          Show
        </button>
        {run !== '' && (
          <button type="button" className="button min-h-9 text-sm" onClick={() => onChoose('')}>
            <X aria-hidden size={15} />
            Every run
          </button>
        )}
      </form>
    </search>
  );
}

function NoneOfRun({ run }: { run: string }) {
  return (
    <Notice title="There are no tasks of this run">
      <p>
        Nothing was asked for under <span className="font-mono wrap-anywhere">{run}</span>.
      </p>
    </Notice>
  );
}

function Empty() {
  return (
    <Notice title="Nothing has been asked for yet">
      <p>Ask for a first picture; it appears here while it is being made.</p>
      <Link href="/" className="button button-main">
        Ask for a picture
      </Link>
    </Notice>
  );
}
