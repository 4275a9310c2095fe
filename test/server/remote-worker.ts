// A worker outside for tests: speaks HTTP to an app, over a real socket or not, and remembers what it was told.
import { createParser } from 'eventsource-parser';
import { onTestFinished } from 'vitest';
import { putJob, type Queue, type TaskView } from '../../queue/index.ts';
import { createApp, Hub, type RemoteOptions, RemoteWorkers } from '../../server/index.ts';
import { waitFor } from '../helpers/wait.ts';
import { json, serve } from './setup.ts';

export interface Assigned {
  task: TaskView;
  claim: string;
  traceparent?: string;
}

export interface SoftTimeout {
  task_id: string;
  claim: string;
  soft_ms: number;
  hard_ms: number;
}

export interface StateChange {
  task_id: string;
  status: string;
  state: string;
  cancel_requested?: boolean;
}

export interface TestServer {
  url: string;
  remote: RemoteWorkers;
  /** As a server that is told to stop. */
  stop(): Promise<void>;
}

/** A quick rhythm, so that leases end within a test. */
const quick = { heartbeat_ms: 300, lease_ms: 1_500 } satisfies RemoteOptions;

/** A server of this queue on a real socket, closed after the test. */
export async function startRemoteServer(queue: Queue, options: RemoteOptions = quick): Promise<TestServer> {
  const remote = new RemoteWorkers(queue, options);
  const hub = new Hub(queue);
  const listener = await serve({ app: createApp({ queue, hub, remote }) });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= Promise.all([listener.close(500), remote.close()]).then(() => hub.close()));
  onTestFinished(stop);
  return { url: listener.url, remote, stop };
}

/** Publishes a job of a room. */
export async function publishJob(
  queue: Queue,
  name: string,
  about: Partial<Parameters<typeof putJob>[2]> & { room?: string } = {},
): Promise<string> {
  const { room = 'lab', ...more } = about;
  const { job } = await putJob(
    queue,
    room,
    { category: 'modifiers', name, schema: {}, ...more },
    { replace: true },
  );
  return job._id;
}

export class TestWorker {
  readonly worker_id: string;
  readonly token: string;
  assigned: Assigned[] = [];
  changes: StateChange[] = [];
  softTimeouts: SoftTimeout[] = [];
  /** How its latest stream ended. */
  ended: Promise<'end' | 'broken'> = Promise.resolve('end');
  url: string;
  #stop = new AbortController();

  constructor(url: string, { worker_id, token }: { worker_id: string; token: string }) {
    this.url = url;
    this.worker_id = worker_id;
    this.token = token;
    onTestFinished(() => this.disconnect());
  }

  /** Registers a worker, and opens its stream unless it is to be without. */
  static async join(
    url: string,
    jobs: string[],
    {
      capacity = 1,
      name = 'outside',
      stream = true,
    }: { capacity?: number; name?: string; stream?: boolean } = {},
  ): Promise<TestWorker> {
    const answer = await fetch(`${url}/api/v1/workers`, json({ name, jobs, capacity }));
    if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
    const worker = new TestWorker(url, (await answer.json()) as { worker_id: string; token: string });
    if (stream) await worker.connect();
    return worker;
  }

  ask(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${this.token}`);
    return fetch(`${this.url}/api/v1/workers/${this.worker_id}${path}`, { ...init, headers });
  }

  /** Opens its stream, at another server if told. */
  async connect(url = this.url): Promise<number> {
    this.url = url;
    const stop = new AbortController();
    this.#stop = stop;
    const answer = await this.ask('/stream', { signal: stop.signal });
    if (answer.status === 200) this.ended = this.#read(answer);
    else await answer.body?.cancel();
    return answer.status;
  }

  async #read(answer: Response): Promise<'end' | 'broken'> {
    const parser = createParser({
      onEvent: ({ event, data }) => {
        if (event === 'job:assigned') this.assigned.push(JSON.parse(data));
        if (event === 'job:soft_timeout') this.softTimeouts.push(JSON.parse(data));
        if (event === 'job:state_changed') this.changes.push(JSON.parse(data));
      },
    });
    const decoder = new TextDecoder();
    try {
      for await (const chunk of answer.body!) parser.feed(decoder.decode(chunk, { stream: true }));
      return 'end';
    } catch {
      return 'broken';
    }
  }

  /** Cuts its stream. */
  disconnect(): void {
    this.#stop.abort();
  }

  /** The n-th task that it was ever sent. */
  nth(index = 0, timeoutMs = 5_000): Promise<Assigned> {
    const description = () => `task ${index} for ${this.worker_id}; it has ${this.assigned.length}`;
    return waitFor(() => this.assigned[index], { timeoutMs, everyMs: 2, description });
  }

  change(condition: (change: StateChange) => boolean, timeoutMs = 8_000): Promise<StateChange> {
    const description = () => `a change; there were ${JSON.stringify(this.changes)}`;
    return waitFor(() => this.changes.find(condition), { timeoutMs, description });
  }

  report({ task, claim }: Assigned, said: object): Promise<Response> {
    return this.ask(`/tasks/${task.task_id}`, json({ claim, ...said }, 'PUT'));
  }

  complete(assigned: Assigned, result: unknown = null): Promise<Response> {
    return this.report(assigned, { status: 'completed', result });
  }
}
