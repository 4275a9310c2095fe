// Following one task to its end over its stream, however often the connection breaks.
import { setTimeout as delay } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import type { ProgressView, TaskError, TaskState, TaskStatus, Waiting } from '../queue/index.ts';
import { type Client, NoServer, Refused, type Wire } from './client.ts';

export interface Standing {
  task_id: string;
  rev: number;
  status: TaskStatus;
  state: TaskState;
  progress: Wire<ProgressView> | null;
  queue: Waiting | null;
}

export type TaskEvent =
  | { event: 'progress'; data: Standing }
  | { event: 'complete'; data: { task_id: string; rev: number; result: unknown } }
  | { event: 'error'; data: { task_id: string; rev: number; error: TaskError | null } };

/** The server sends a comment every 15 s: three missed ones are a dead connection. */
const silentMs = 45_000;
/** How long a server may be away. */
const awayMs = 120_000;
const againMs = 1_000;

/**
 * Yields every state of the task that comes, the terminal one last (or none, when the end was told before). Throws
 * NoServer and Refused: at once when the first connection fails, later when nothing was heard for two minutes.
 */
export async function* follow(client: Client, task_id: string): AsyncGenerator<TaskEvent> {
  let after: string | undefined;
  let heard: number | undefined;
  for (;;) {
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), silentMs);
    const contact = () => {
      heard = performance.now();
      timer.refresh();
    };
    try {
      const answer = await client.stream(task_id, after, silence.signal);
      contact();
      if (answer.status === 204) return;
      for await (const { id, event } of eventsOf(answer, contact)) {
        after = id ?? after;
        yield event;
        if (event.event !== 'progress') return;
      }
    } catch (error) {
      const away = heard === undefined || performance.now() - heard > awayMs;
      if (away || (error instanceof Refused && error.status < 500)) throw explain(client, error);
    } finally {
      clearTimeout(timer);
      silence.abort();
    }
    await delay(againMs);
  }
}

function explain({ url }: Client, error: unknown): unknown {
  if (error instanceof NoServer || error instanceof Refused) return error;
  return new NoServer(`The connection to ${url} broke and did not come back.`, { cause: error });
}

/** The events of a stream that say something of the task; `onChunk` hears of every sign of life. */
async function* eventsOf(
  answer: Response,
  onChunk: () => void,
): AsyncGenerator<{ id: string | undefined; event: TaskEvent }> {
  const received: { id: string | undefined; event: TaskEvent }[] = [];
  const parser = createParser({
    onEvent: ({ id, event = '', data }) => {
      if (isTold(event)) received.push({ id, event: { event, data: JSON.parse(data) } });
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    onChunk();
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* received.splice(0);
  }
}

const isTold = (event: string): event is TaskEvent['event'] =>
  ['progress', 'complete', 'error'].includes(event);
