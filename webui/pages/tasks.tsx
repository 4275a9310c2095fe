// All tasks, newest first, live. What they are narrowed to stands in the address.
import { X } from 'lucide-react';
import { useEffect } from 'react';
import { Link, useSearchParams } from 'wouter';
import { useWatch } from '../api/live.tsx';
import { Notice } from '../parts/notice.tsx';
import { readFilter, TaskFilterForm } from '../parts/task/filter-form.tsx';
import { TaskList } from '../parts/task/task-list.tsx';

export function TasksPage() {
  useWatch('all');
  useEffect(() => {
    document.title = 'Tasks · Callsheet';
  }, []);
  const [search, setSearch] = useSearchParams();
  const filter = readFilter(search);
  const narrowed = Object.keys(filter).length > 0;
  const key = JSON.stringify(filter);
  return (
    <>
      <h1 className="mb-5 text-4xl leading-tight">Tasks</h1>
      <TaskFilterForm key={`form ${key}`} filter={filter} onChoose={chosen => setSearch(chosen)}>
        {narrowed && (
          <button type="button" className="button min-h-9 text-sm" onClick={() => setSearch({})}>
            <X aria-hidden size={15} />
            All tasks
          </button>
        )}
      </TaskFilterForm>
      <TaskList key={key} {...(narrowed && { filter })} empty={narrowed ? <None /> : <Empty />} />
    </>
  );
}

function None() {
  return (
    <Notice title="There are no such tasks">
      <p>None of the tasks there are is all of this.</p>
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
