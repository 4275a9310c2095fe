// One way to speak HTTP with the server: JSON in and out, every refusal a Problem. No endpoints here.
import { Problem, type ProblemBody, Unreachable } from './errors.ts';

export interface ClientOptions {
  /** Address of the server, with the path it is mounted under; the page's own origin by default. */
  url?: string;
  /** A key of CALLSHEET_KEYS. A page needs none: it has a cookie. */
  key?: string;
  /** How long an answer may take, ms; 60,000 by default. */
  timeoutMs?: number;
  /** In place of the global one. */
  fetch?: typeof globalThis.fetch;
}

export interface RequestOptions {
  /** Ends the request; it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export interface CreateOptions extends RequestOptions {
  /** Sent again under this key (after an answer that was lost), a request returns the first task and makes no second. */
  idempotency_key?: string | undefined;
}

/** The header of a request that makes tasks once. */
export const onceHeader = (key: string | undefined): Record<string, string> =>
  key === undefined ? {} : { 'Idempotency-Key': key };

type Value = string | number | boolean | undefined | null;
export type Query = { readonly [name: string]: Value | readonly string[] };

/** A request: as fetch takes it, with less. */
export interface SendOptions extends RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Blob | ArrayBuffer | Uint8Array<ArrayBuffer>;
  /** Beyond the usual time; null: none, whoever asks watches over it. */
  extraMs?: number | null;
}

export interface Transport {
  url: string;
  /** An answer that is no refusal. Throws Problem, Unreachable, and the signal's reason. */
  send: (path: string, init?: SendOptions) => Promise<Response>;
  /** The same, as JSON; undefined for 204. */
  ask: <T>(path: string, init?: SendOptions) => Promise<T>;
  /** Sends JSON, and returns JSON. */
  tell: <T>(method: string, path: string, body?: unknown, init?: SendOptions) => Promise<T>;
}

export function openTransport(options: ClientOptions): Transport {
  const { key, timeoutMs = 60_000, fetch: ask = globalThis.fetch } = options;
  const url = (options.url ?? '').replace(/\/+$/, '');
  const authorization: Record<string, string> = key === undefined ? {} : { Authorization: `Bearer ${key}` };

  async function send(path: string, { signal, extraMs = 0, ...init }: SendOptions = {}): Promise<Response> {
    const limit = extraMs === null ? undefined : AbortSignal.timeout(timeoutMs + extraMs);
    const signals = [signal, limit].filter(one => one !== undefined);
    const answer = await ask(url + path, {
      ...init,
      headers: { ...authorization, ...init.headers },
      signal: AbortSignal.any(signals),
    }).catch((error: unknown) => {
      signal?.throwIfAborted();
      throw unheard(url, error, timeoutMs);
    });
    if (answer.ok || answer.status === 304) return answer;
    throw await refusal(url, answer);
  }

  async function read<T>(path: string, init?: SendOptions): Promise<T> {
    const answer = await send(path, init);
    if (answer.status === 204) return undefined as T;
    if (!isJson(answer)) throw stranger(url);
    try {
      return (await answer.json()) as T;
    } catch (error) {
      init?.signal?.throwIfAborted();
      throw unheard(url, error, timeoutMs);
    }
  }

  const tell = <T>(method: string, path: string, body?: unknown, init: SendOptions = {}): Promise<T> => {
    if (body === undefined) return read(path, { ...init, method });
    const headers = { 'Content-Type': 'application/json', ...init.headers };
    return read(path, { ...init, method, headers, body: JSON.stringify(body) });
  };

  return { url, send, ask: read, tell };
}

/** `?name=value…` of what is said, '' of nothing; lists are repeated. */
export function queryOf(query: Query): string {
  const said = Object.entries(query).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || value === null) return [];
    return typeof value === 'object' ? value.map(one => [name, one]) : [[name, String(value)]];
  });
  return said.length > 0 ? `?${new URLSearchParams(said).toString()}` : '';
}

const isJson = (answer: Response) => /\bjson\b/.test(answer.headers.get('content-type') ?? '');
const shown = (url: string) => url || 'this address';

const stranger = (url: string) =>
  new Unreachable('stranger', url, `What answers at ${shown(url)} is not Callsheet.`);

function unheard(url: string, error: unknown, timeoutMs: number): Unreachable {
  const cause = { cause: error };
  if (error instanceof Error && error.name === 'TimeoutError')
    return new Unreachable(
      'timeout',
      url,
      `The server at ${shown(url)} did not answer within ${timeoutMs / 1_000} s.`,
      cause,
    );
  return new Unreachable('no-answer', url, `Nobody answers at ${shown(url)}.`, cause);
}

/** What proxies refuse by themselves, with a page of their own: too slow, too large, too often. */
const proxied = [408, 413, 429];

/** A proxy's own page is taken for trouble on the way, and any other page for a stranger's. */
async function refusal(url: string, answer: Response): Promise<Problem | Unreachable> {
  const { status } = answer;
  const seconds = Number(answer.headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) ? Math.max(seconds, 0) * 1_000 : null;
  const said = isJson(answer) ? await answer.json().catch(() => null) : await dropBody(answer);
  if (typeof said !== 'object' || said === null) {
    if (status < 500 && !proxied.includes(status)) return stranger(url);
    return new Problem({ ...untold, status, detail: `The server answers ${status}.` }, retryAfterMs);
  }
  const fallback = { ...untold, status, detail: reasonsOf(said) ?? `The server answers ${status}.` };
  return new Problem({ ...fallback, ...(said as Partial<ProblemBody>), status }, retryAfterMs);
}

const untold = { type: 'about:blank', title: '', instance: '' };

async function dropBody(answer: Response): Promise<null> {
  await answer.body?.cancel().catch(() => {});
  return null;
}

/** `/readyz` is no problem document. */
function reasonsOf(said: object): string | undefined {
  return 'reasons' in said && Array.isArray(said.reasons) ? said.reasons.join('; ') : undefined;
}
