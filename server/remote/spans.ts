// The spans of the attempts that this server has given to workers outside: opened when a task is assigned, ended when it is known
// here how the attempt ended, whoever ended it. Without an OpenTelemetry SDK none is kept.
import {
  type AttemptOutcome,
  type AttemptSpan,
  type ClaimedTask,
  LostClaim,
  lookAtAttempts,
  type Queue,
  startAttemptSpan,
} from '../../queue/index.ts';
import { startLoop } from '../../queue/pace/loop.ts';

export interface RemoteSpans {
  /** A task was claimed for a worker whose stream is here. */
  begin(task: ClaimedTask): void;
  /** What a worker is to call the parent of its spans: the attempt, else what asked for the task. */
  traceparentOf(task: ClaimedTask): string | undefined;
  /** `errorType` is null for an attempt without an error. */
  end(task: ClaimedTask, outcome: AttemptOutcome, errorType: string | null): void;
  /** What is still open ends as unknown: its worker goes on elsewhere. */
  stop(): Promise<void>;
}

interface Open {
  task: ClaimedTask;
  span: AttemptSpan;
}

const lookMs = 1_000;
const chunk = 500;

/** `isHeld`: a stream here has it, so that its end will be said here. */
export function startRemoteSpans(queue: Queue, isHeld: (task: ClaimedTask) => boolean): RemoteSpans {
  const open = new Map<string, Open>();

  function end({ claim, _id }: ClaimedTask, outcome: AttemptOutcome | null, errorType: string | null): void {
    const key = `${_id} ${claim}`;
    open.get(key)?.span.end(outcome, errorType);
    open.delete(key);
  }

  /** Ends those that have ended elsewhere: said to another server, recovered, released. */
  async function look(): Promise<void> {
    const away = [...open.values()].map(({ task }) => task).filter(task => !isHeld(task));
    for (let at = 0; at < away.length; at += chunk) {
      const part = away.slice(at, at + chunk);
      const rows = await lookAtAttempts(
        queue,
        part.map(({ _id }) => _id),
      );
      const found = new Map(rows.map(row => [row._id, row]));
      for (const task of part) {
        const row = found.get(task._id);
        if (row?.status === 'processing' && row.claim === task.claim) continue;
        const ended = row?.attempts.find(({ attempt }) => attempt === task.attempt);
        const errorType = ended?.outcome === 'lost' ? LostClaim.name : (ended?.error?.type ?? null);
        end(task, ended?.outcome ?? null, errorType);
      }
    }
  }

  const loop = startLoop({
    async round() {
      await look();
      return open.size > 0 ? lookMs : Infinity;
    },
    onTrouble: error => queue.events.emit('queue:trouble', { doing: 'looking how attempts ended', error }),
  });

  return {
    begin(task) {
      const span = startAttemptSpan(task);
      if (span.traceparent === undefined) return;
      if (open.size === 0) loop.wake();
      open.set(`${task._id} ${task.claim}`, { task, span });
    },
    traceparentOf: ({ _id, claim, traceparent }) =>
      open.get(`${_id} ${claim}`)?.span.traceparent ?? traceparent,
    end,
    async stop() {
      await loop.stop();
      for (const { task } of open.values()) end(task, null, null);
    },
  };
}
