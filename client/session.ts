// The calls about the server itself: a browser's cookie, and whether it is ready.
import type { Readiness, Session } from './record.ts';
import type { RequestOptions, Transport } from './transport.ts';

export function sessionCalls({ ask, tell }: Transport) {
  const path = '/api/session';
  return {
    /** Who this browser speaks for. Problem 401 when it has no cookie and one is needed. */
    get: ({ signal }: RequestOptions = {}): Promise<Session> => ask(path, { signal }),
    /** Logs the browser in with a key. Problem 401 when it is not known. */
    open: (key: string, { signal }: RequestOptions = {}): Promise<Session> =>
      tell('POST', path, { key }, { signal }),
    /** Logs the browser out. */
    close: ({ signal }: RequestOptions = {}): Promise<void> => tell('DELETE', path, undefined, { signal }),
  };
}

export function serverCalls({ ask }: Transport) {
  return {
    /** Whether the server should get requests; rejects with a Problem 503 that says why not. */
    readiness: ({ signal }: RequestOptions = {}): Promise<Readiness> => ask('/readyz', { signal }),
  };
}
