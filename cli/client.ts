// The server's HTTP contract as functions. What it answers is typed after the server's own views.
import type { BulkOutcome, DeadGroup, Json, TaskUrls, TaskView, Waiting } from '../queue/index.ts';
import type { ProblemBody, ScheduleView, WorkerView } from '../server/index.ts';
import type { ClientSettings } from './client-settings.ts';

/** A value as JSON brings it: dates are text, and what is JSON stays as it is. */
export type Wire<T> = Json extends T
  ? T
  : T extends Date
    ? string
    : T extends object
      ? { [K in keyof T]: Wire<T[K]> }
      : T;

export type WireTask = Wire<TaskView>;
export type WireSchedule = Wire<ScheduleView>;
export type WireWorker = Wire<WorkerView>;

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Enqueued {
  task_id: string;
  status: 'queued' | 'scheduled';
  queue: Waiting | null;
  urls: TaskUrls;
}

/** What became of a task that somebody changed, and of all below it. */
export interface Changed {
  task_id: string;
  status: string;
  children?: { matched: number; changed: number; more?: true };
}

export interface DeadFilter {
  actor?: string | undefined;
  error_type?: string | undefined;
}

export interface DeadAction {
  action: 'retry' | 'dismiss';
  ids?: string[];
  filter?: DeadFilter;
  dry_run?: boolean;
}

/** Nobody answers at the server's address, or somebody who is not Callsheet. */
export class NoServer extends Error {
  override name = 'NoServer';
}

/** The server said no: the detail of its problem. */
export class Refused extends Error {
  override name = 'Refused';
  readonly status: number;
  /** The kind of problem; '' where it was none. */
  readonly type: string;
  constructor(status: number, detail: string, type = '') {
    super(detail);
    this.status = status;
    this.type = type;
  }
}

interface Unready {
  ready: boolean;
  reasons: string[];
}

type Query = Record<string, string | number | boolean | undefined>;
const timeoutMs = 60_000;

export type Client = ReturnType<typeof openClient>;

/** A client of the server that the settings name. Every function throws NoServer and Refused. */
export function openClient(settings: ClientSettings) {
  const { url } = settings;
  const { send, ask } = openTransport(settings);
  const task = (id: string) => `/api/task/${encodeURIComponent(id)}`;
  const schedule = (id: string) => `/api/v1/schedules/${encodeURIComponent(id)}`;
  const dlq = '/api/v1/admin/dlq';
  return {
    url,
    enqueue: (body: object) => ask<Enqueued>('/api/task', 'POST', body),
    task: (id: string) => ask<WireTask>(task(id)),
    tasks: (query: Query) => ask<Page<WireTask>>(`/api/tasks${text(query)}`),
    /** With `children`, of a task that has ended too. */
    cancel: (id: string, children = false) =>
      ask<Changed>(`${task(id)}/cancel${text({ children: children || undefined })}`, 'POST'),
    retry: (id: string) => ask<Changed>(`${task(id)}/retry`, 'POST'),
    jobs: (query: Query) => ask<Page<WireTask>>(`/api/v1/jobs${text(query)}`),
    deadTasks: (query: Query) => ask<Page<WireTask>>(`${dlq}${text(query)}`),
    deadGroups: (query: Query) =>
      ask<Page<Wire<DeadGroup>>>(`${dlq}${text({ ...query, group: 'actor,error_type' })}`),
    actOnDead: (body: DeadAction) =>
      ask<Omit<BulkOutcome, 'more'> & { more?: true }>(`${dlq}/actions`, 'POST', body),
    workers: (query: Query) => ask<Page<WireWorker>>(`/api/v1/workers${text(query)}`),
    schedules: (query: Query) => ask<Page<WireSchedule>>(`/api/v1/schedules${text(query)}`),
    createSchedule: (body: object) => ask<WireSchedule>('/api/v1/schedules', 'POST', body),
    changeSchedule: (id: string, body: object) => ask<WireSchedule>(schedule(id), 'PATCH', body),
    runSchedule: (id: string) => ask<{ task_id: string }>(`${schedule(id)}/run`, 'POST'),
    deleteSchedule: (id: string) => ask<undefined>(schedule(id), 'DELETE'),
    /** The open stream of a task; 204 without a body when there is nothing newer than `after`. */
    stream: (id: string, after: string | undefined, signal: AbortSignal) =>
      send(`${task(id)}/stream${text({ after })}`, { signal }),
    /** Bytes that the server keeps; `path` begins with a slash. */
    media: (path: string, signal: AbortSignal) => send(path, { signal }),
    readiness: () => ask<Unready>('/readyz'),
  };
}

function openTransport({ url, key }: ClientSettings) {
  const authorization: Record<string, string> = key === undefined ? {} : { Authorization: `Bearer ${key}` };

  async function send(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...authorization, ...(init.headers as Record<string, string>) };
    const signal = init.signal ?? AbortSignal.timeout(timeoutMs);
    const answer = await fetch(url + path, { ...init, headers, signal }).catch((error: unknown) => {
      throw new NoServer(whyNot(url, error), { cause: error });
    });
    if (!answer.ok) throw await refusal(url, answer);
    return answer;
  }

  async function ask<T>(path: string, method = 'GET', body?: unknown): Promise<T> {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { 'Content-Type': 'application/json' };
    const answer = await send(path, { method, headers, ...json });
    if (answer.status === 204) return undefined as T;
    if (!isJson(answer)) throw stranger(url);
    return (await answer.json()) as T;
  }

  return { send, ask };
}

function text(query: Query): string {
  const said = Object.entries(query).filter(([, value]) => value !== undefined);
  const parameters = new URLSearchParams(
    said.map(([name, value]): [string, string] => [name, String(value)]),
  );
  return said.length > 0 ? `?${parameters.toString()}` : '';
}

const isJson = (answer: Response) => /\bjson\b/.test(answer.headers.get('content-type') ?? '');

const stranger = (url: string) =>
  new NoServer(`What answers at ${url} is not Callsheet. Set CALLSHEET_URL to the address of its server.`);

async function refusal(url: string, answer: Response): Promise<Error> {
  if (!isJson(answer)) return stranger(url);
  const problem = (await answer.json().catch(() => ({}))) as Partial<ProblemBody & Unready>;
  const { detail, errors = [], reasons, type } = problem;
  // The detail names the first of several and counts the rest.
  const each = errors.slice(0, 20).map(error => `${error.pointer} ${error.detail}`);
  const said =
    each.length > 1
      ? each.join('\n')
      : (detail ?? reasons?.join('; ') ?? `The server answers ${answer.status}.`);
  return new Refused(answer.status, said, type);
}

function whyNot(url: string, error: unknown): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `The server at ${url} did not answer within ${timeoutMs / 1_000} s.`;
  return `No Callsheet server answers at ${url}. Start one with \`npm start\`, or set CALLSHEET_URL.`;
}
