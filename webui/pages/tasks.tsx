// All tasks, newest first, live.
import { useEffect } from 'react';
import { Link } from 'wouter';
import { useWatch } from '../api/live.tsx';
import { Notice } from '../parts/notice.tsx';
import { TaskList } from '../parts/task/task-list.tsx';

export function TasksPage() {
  useWatch('all');
  useEffect(() => {
    document.title = 'Tasks · Callsheet';
  }, []);
  return (
    <>
      <h1 className="mb-5 text-4xl leading-tight">Tasks</h1>
      <TaskList empty={<Empty />} />
    </>
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
