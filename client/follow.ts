// One stream of events, however often the connection breaks: it comes back, and says what it has seen.
import { Problem, Unreachable } from './errors.ts';
import { eventsOf } from './server-events.ts';
import { queryOf, type Transport } from './transport.ts';

export interface FollowOptions {
  /** Ends it; the iterator then throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /** The cursor of an earlier stream: only what is newer comes. Of one task: its `rev`. */
  after?: string | number | undefined;
  /** How long nothing may be heard before it gives up, ms; 120,000 by default, Infinity for never. */
  patienceMs?: number | undefined;
}

/** A stream, and what it tells. */
export interface EventStream<E extends { event: string }> {
  path: string;
  query?: Record<string, string | undefined>;
  headers?: Record<string, string>;
  /** The events that say something; others are left out. */
  names: readonly E['event'][];
  /** Whether nothing comes after it. */
  isLast: (event: E) => boolean;
}

/** The server sends a comment every 15 s: three missed ones are a dead connection. */
const silentMs = 45_000;
const firstWaitMs = 500;
const longestWaitMs = 30_000;

/** How long to wait before the next try, after so many that failed; never all clients at the same moment. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const longest = Math.min(firstWaitMs * 2 ** failures, longestWaitMs);
  return longest * (0.5 + random() / 2);
}

/**
 * The events of a stream, from one connection after the other. Of one task the terminal event is the last, and there is none
 * when it was seen before. Throws Unreachable at once when nobody answers the first time, later when nothing was heard for
 * `patienceMs`; and the Problem of a refusal that no waiting mends.
 */
export async function* followStream<E extends { event: string }>(
  transport: Transport,
  stream: EventStream<E>,
  { signal, after, patienceMs = 120_000 }: FollowOptions,
): AsyncGenerator<E, void> {
  let cursor = after?.toString();
  const heard = { ever: false, at: performance.now() };
  for (let failures = 0; ; failures += 1) {
    const silence = watchSilence(signal);
    let waitMs = 0;
    try {
      const answer = await open(transport, stream, cursor, silence.signal);
      Object.assign(heard, { ever: true, at: performance.now() });
      if (answer.status === 204) return;
      const contact = () => {
        heard.at = performance.now();
        silence.restart();
      };
      for await (const { id, event } of eventsOf(answer, stream.names, contact)) {
        cursor = id ?? cursor;
        failures = 0;
        yield event;
        if (stream.isLast(event)) return;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (isFinal(error, heard, patienceMs)) throw named(error, transport.url);
      waitMs = (error instanceof Problem && error.retryAfterMs) || 0;
    } finally {
      silence.stop();
    }
    await pause(Math.max(waitMs, backoffMs(failures)), signal);
  }
}

function open<E extends { event: string }>(
  { send }: Transport,
  { path, query = {}, headers = {} }: EventStream<E>,
  after: string | undefined,
  signal: AbortSignal,
): Promise<Response> {
  const accept = { Accept: 'text/event-stream', ...headers };
  return send(path + queryOf({ ...query, after }), { signal, extraMs: null, headers: accept });
}

/** Whether to give up. A refusal is final unless it is the server's trouble or asks for a pause. */
function isFinal(error: unknown, heard: { ever: boolean; at: number }, patienceMs: number): boolean {
  if (error instanceof Problem && error.status < 500 && ![408, 425, 429].includes(error.status)) return true;
  if (error instanceof Unreachable && error.why === 'stranger') return true;
  if (!heard.ever && error instanceof Unreachable) return true;
  return performance.now() - heard.at > patienceMs;
}

function named(error: unknown, url: string): unknown {
  if (error instanceof Problem || error instanceof Unreachable) return error;
  return new Unreachable('broken', url, `The connection to ${url} broke and did not come back.`, {
    cause: error,
  });
}

/** A signal for one connection: aborted when nothing has come for too long, when the caller ends it, and by `stop`. */
function watchSilence(signal: AbortSignal | undefined) {
  const controller = new AbortController();
  const end = () => controller.abort(signal?.reason);
  const silent = () => controller.abort(new Error('nothing was heard'));
  let timer = setTimeout(silent, silentMs);
  if (signal?.aborted) end();
  signal?.addEventListener('abort', end);
  return {
    signal: controller.signal,
    restart() {
      clearTimeout(timer);
      timer = setTimeout(silent, silentMs);
    },
    stop() {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      controller.abort();
    },
  };
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      resolve();
    }, ms);
    if (signal?.aborted) end();
    else signal?.addEventListener('abort', end, { once: true });
  });
}
