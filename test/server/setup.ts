// A server for tests: an app over a database of its own, tasks in any state, and clients of its streams.
import { createParser } from 'eventsource-parser';
import { afterAll, afterEach } from 'vitest';
import { type Content, openContent } from '../../content/index.ts';
import {
  type ActorDescription,
  type ClaimedTask,
  claimTasks,
  enqueueTask,
  failTask,
  type JsonObject,
  type NewTask,
  openQueue,
  publishActors,
  type Queue,
  registerWorker,
} from '../../queue/index.ts';
import {
  type AppOptions,
  createApp,
  Hub,
  type HubOptions,
  type Listener,
  listen,
} from '../../server/index.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';

export const describeActor = (name: string, about: Partial<ActorDescription> = {}): ActorDescription => ({
  name,
  description: `The ${name} actor`,
  tags: ['test'],
  input: null,
  output: null,
  concurrency: null,
  timeouts: { soft_ms: 240_000, hard_ms: 300_000 },
  retry: { max_retries: 3, base_ms: 30_000, max_ms: 600_000, jitter: true },
  category: null,
  ...about,
});

const sleepInput = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: { ms: { type: 'integer', minimum: 0, default: 100 }, note: { type: 'string', maxLength: 10 } },
  required: ['ms'],
  additionalProperties: false,
};
const mediaInput = {
  type: 'object',
  properties: {
    workflow_run_id: { type: 'string' },
    interaction_id: { type: 'string' },
    provider: { enum: ['studio'] },
    action_type: { enum: ['txt2img', 'img2img'] },
    prompt_id: { type: 'string' },
    params: { type: 'object', properties: { width: { type: 'integer', maximum: 2048 } } },
    source_data: {},
  },
  required: ['provider', 'action_type', 'params'],
};

const actors = [
  describeActor('any'),
  describeActor('sleep', { input: sleepInput }),
  describeActor('media', {
    input: mediaInput,
    concurrency: { key: '/provider', limits: { studio: 2 }, default: 1 },
  }),
];

export interface TestApp {
  queue: Queue;
  content: Content;
  hub: Hub;
  app: ReturnType<typeof createApp>;
}

/** An app over a fresh database with three actors and no worker. */
export async function openApp(
  hubOptions: HubOptions = {},
  options: Partial<AppOptions> = {},
): Promise<TestApp> {
  const db = await testDatabase();
  const queue = await openQueue(db);
  const content = await openContent(db);
  await publishActors(queue, actors);
  const hub = new Hub(queue, hubOptions);
  return { queue, content, hub, app: createApp({ queue, content, hub, ...options }) };
}

const listeners: Listener[] = [];
afterAll(async () => {
  for (const listener of listeners) await listener.close(0);
});

/** Serves an app on a free port until the file ends. */
export async function serve({ app }: Pick<TestApp, 'app'>): Promise<Listener> {
  const listener = await listen(app.fetch, '127.0.0.1', 0);
  listeners.push(listener);
  return listener;
}

export const json = (body: unknown, method = 'POST'): RequestInit => ({
  method,
  headers: { 'content-type': 'application/json' },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** What answers of this server hold; each has some of it. */
export interface Body {
  task_id: string;
  task_ids: string[];
  urls: { self: string };
  payload: unknown;
  result: unknown;
  error: { type: string } | null;
  items: { task_id: string; name: string; worker_id: string; schedule_id: string }[];
  next_cursor: string | null;
  schedule_id: string;
  next_run_at: string | null;
  last_task_id: string | null;
  type: string;
  title: string;
  detail: string;
  instance: string;
  errors: { pointer: string; detail: string }[];
}

/** The JSON of an answer. */
export const bodyOf = async (answer: Response | Promise<Response>) => (await (await answer).json()) as Body;

/** A pending task. */
export async function enqueue(queue: Queue, task: Partial<NewTask> = {}): Promise<string> {
  return (await enqueueTask(queue, { actor: 'any', payload: {}, ...task })).task_id;
}

/** Claims every claimable task. */
export async function claimAll(queue: Queue, worker_id = 'w1'): Promise<ClaimedTask[]> {
  const names = new Set(actors.map(actor => actor.name));
  const { tasks } = await claimTasks(queue, {
    worker_id,
    actors: names,
    want: 1_000,
    share: { index: 0, of: 1 },
  });
  return tasks;
}

/** A dead letter: it failed for good with this error. */
export async function enqueueDead(queue: Queue, type = 'Boom', task: Partial<NewTask> = {}): Promise<string> {
  const task_id = await enqueue(queue, task);
  const held = await waitFor(async () => (await claimAll(queue)).find(({ _id }) => _id === task_id));
  const error = { type, message: 'it broke', details: {}, stack_trace: '' };
  await failTask(queue, held, { error, retry: null });
  return task_id;
}

/** A task that this worker holds. */
export async function enqueueClaimed(queue: Queue, payload: JsonObject = {}): Promise<ClaimedTask> {
  const task_id = await enqueue(queue, { payload });
  const claimed = await waitFor(async () => (await claimAll(queue)).find(task => task._id === task_id));
  return claimed;
}

/** The row of a live worker that serves all test actors. */
export async function addWorker(queue: Queue, _id = 'w1'): Promise<void> {
  const names = actors.map(actor => actor.name);
  await registerWorker(queue, { _id, host: 'here', pid: 1, version: '0', actors: names, capacity: 1 });
}

export interface StreamedEvent {
  event: string;
  id: string | undefined;
  data: { task_id: string; rev: number; [key: string]: unknown };
  at: number;
}

export interface TestStream {
  status: number;
  headers: Headers;
  events: StreamedEvent[];
  /** All text that came over the wire. */
  text(): string;
  /** Resolves the first event, past or future, that the condition accepts. */
  next(condition: (event: StreamedEvent) => boolean, timeoutMs?: number): Promise<StreamedEvent>;
  ended: Promise<'end' | 'broken'>;
  close(): void;
}

const streams: TestStream[] = [];
afterEach(() => {
  for (const stream of streams.splice(0)) stream.close();
});

/** A client of a stream over a real socket; closed after the test at the latest. */
export async function openStream(url: string, headers: Record<string, string> = {}): Promise<TestStream> {
  const stop = new AbortController();
  const response = await fetch(url, { headers, signal: stop.signal });
  const events: StreamedEvent[] = [];
  let text = '';
  const parser = createParser({
    onEvent: ({ event = 'message', id, data }) =>
      events.push({ event, id, data: JSON.parse(data), at: performance.now() }),
  });
  async function read(): Promise<'end' | 'broken'> {
    const decoder = new TextDecoder();
    try {
      for await (const chunk of response.body ?? []) {
        const part = decoder.decode(chunk, { stream: true });
        text += part;
        parser.feed(part);
      }
      return 'end';
    } catch {
      return 'broken';
    }
  }
  const stream: TestStream = {
    status: response.status,
    headers: response.headers,
    events,
    text: () => text,
    next: (condition, timeoutMs = 5_000) =>
      waitFor(() => events.find(condition), {
        timeoutMs,
        everyMs: 1,
        description: () =>
          `an event; there were ${JSON.stringify(events.map(({ event, data }) => [event, data]))}`,
      }),
    ended: read(),
    close: () => stop.abort(),
  };
  streams.push(stream);
  return stream;
}
