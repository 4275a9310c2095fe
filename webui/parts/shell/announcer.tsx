// Tells those who cannot see the page that a task has ended. It says nothing else, so that it is listened to.
import { useState } from 'react';
import type { Task } from '../../../client/index.ts';
import { taskTitle } from '../task/title.ts';

/** The sentence that is read out when a task ends. */
export function endingSentence(task: Task): string {
  if (task.state === 'completed') return `Completed: ${taskTitle(task)}`;
  if (task.state === 'failed') return `Failed: ${taskTitle(task)}. ${task.error?.message ?? ''}`.trim();
  return `Cancelled: ${taskTitle(task)}`;
}

/** The live region's present text, and how to say something. */
export function useAnnouncer(): [text: string, say: (task: Task) => void] {
  const [text, setText] = useState('');
  const [say] = useState(() => (task: Task) => setText(endingSentence(task)));
  return [text, say];
}

export function Announcer({ text }: { text: string }) {
  return (
    <p aria-live="polite" className="sr-only">
      {text}
    </p>
  );
}
