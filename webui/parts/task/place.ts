// Why a pending task waits, in a sentence. Pure.
import type { Task, Waiting } from '../../../client/index.ts';
import { formatDuration, formatRelative } from '../time.ts';

/** A sentence on what the task waits for; null when it does not wait. `now` is epoch ms by the server's clock. */
export function placeSentence(
  task: Pick<
    Task,
    'state' | 'status' | 'queue' | 'run_at' | 'retry_count' | 'max_retries' | 'concurrency_limit'
  >,
  now: number,
): string | null {
  if (task.state !== 'pending') return null;
  if (task.status === 'scheduled') return scheduledSentence(task, now);
  const place = task.queue;
  if (!place) return 'Waiting for a worker.';
  return [blockSentence(place, task.concurrency_limit), positionSentence(place)].filter(Boolean).join(' ');
}

function scheduledSentence(task: Pick<Task, 'run_at' | 'retry_count' | 'max_retries'>, now: number): string {
  const when = task.run_at === null ? 'soon' : formatRelative(Date.parse(task.run_at), now);
  if (task.retry_count === 0) return `Scheduled: it is due ${when}.`;
  return `Try ${task.retry_count} did not work. Trying again ${when} (${task.retry_count} of ${task.max_retries} retries).`;
}

function blockSentence(place: Waiting, limit: number | null): string {
  switch (place.blocked_by) {
    case 'no_worker':
      return 'No worker takes this kind of task at the moment; it starts as soon as one does.';
    case 'paused':
      return `The lane “${place.lane}” is paused.`;
    case 'cooldown':
      return `The lane “${place.lane}” rests after its provider asked for a pause.`;
    case 'limit':
      return limit === 1
        ? 'The one slot is taken.'
        : `All ${limit ?? ''} slots are taken.`.replace('  ', ' ');
    default:
      return '';
  }
}

function positionSentence(place: Waiting): string {
  if (place.position === null) return '';
  const eta = place.eta_ms === null ? '' : `, about ${formatDuration(place.eta_ms)} to go`;
  if (place.position === 0) return `Next in line${eta}.`;
  return place.position === 1 ? `One task is ahead${eta}.` : `${place.position} tasks are ahead${eta}.`;
}
