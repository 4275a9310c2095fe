// The end of a task, as the command says it that waited for it.
import type { Task, TaskEvent } from '../client/index.ts';
import { liveLine } from './live-line.ts';
import { saveMedia } from './media.ts';
import { clean, span } from './output.ts';
import type { Session } from './session.ts';

export interface WaitOptions {
  /** Folder for the media that it made. */
  out?: string | undefined;
  /** Hears every event; without it, the state is shown live. */
  onEvent?: (event: TaskEvent) => void;
}

/** Waits until the task has ended and says how: 0 when it completed, else 1. */
export async function waitForEnd(
  session: Session,
  task_id: string,
  { out, onEvent }: WaitOptions = {},
): Promise<0 | 1> {
  const { client, terminal } = session;
  const line = liveLine(terminal);
  const quiet = session.json && !terminal.stderr.isTTY;
  try {
    for await (const event of client.watch(task_id)) {
      onEvent?.(event);
      if (event.event === 'progress' && !quiet) line.show(event);
    }
  } finally {
    line.end();
  }
  const task = await client.getTask(task_id);
  if (!onEvent) session.print(task, describeEnd(task));
  if (task.status !== 'completed') return 1;
  const saved = out === undefined ? [] : await saveMedia(client, task.result, out);
  for (const file of saved) terminal.stderr.write(`saved ${file}\n`);
  return 0;
}

function describeEnd(task: Task): string {
  const { task_id, status, started_at, completed_at, error, result } = task;
  const took =
    started_at && completed_at ? ` in ${span(Date.parse(completed_at) - Date.parse(started_at))}` : '';
  if (status === 'completed') return `${task_id} completed${took}\n${JSON.stringify(result, null, 2)}`;
  const why = error ? `: ${error.type}: ${clean(error.message)}` : '';
  return `${task_id} ${status}${took}${why}`;
}
