// The whole of Callsheet for tests in a browser: a real server process, a real worker process, the run's mongod.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { Line } from '../../chaos/line.ts';
import { testDatabase, testUri } from '../../helpers/mongo.ts';
import { type Spawned, spawnNode } from '../../helpers/processes.ts';
import { waitFor } from '../../helpers/wait.ts';

type MadeTask = { result: { content_ids: string[] } | null };

const root = resolve(import.meta.dirname, '../../..');
const actors = resolve(import.meta.dirname, 'actors.mjs');

export class Stack {
  /** Where the server listens, also after a restart. */
  url = '';
  #uri = '';
  /** The server's way to the database. */
  #line: Line | undefined;
  #serverUri = '';
  #server: Spawned | undefined;
  #worker: Spawned | undefined;

  async start(): Promise<void> {
    if (!existsSync(resolve(root, 'dist/webui/index.html'))) {
      throw new Error('The page is not built: run `npm run build:webui`, or all tests with `npm test`');
    }
    const { databaseName } = await testDatabase();
    const uri = new URL(testUri());
    uri.pathname = `/${databaseName}`;
    this.#uri = uri.href;
    this.#line = new Line(Number(uri.port));
    this.#serverUri = `mongodb://127.0.0.1:${await this.#line.open()}/${databaseName}?directConnection=true`;
    this.#worker = this.#spawn('worker/main.ts', { CALLSHEET_ACTORS: actors });
    await Promise.all([this.#worker.waitForLine(/worker started/), this.startServer('0')]);
  }

  async startServer(port = new URL(this.url).port, env: Record<string, string> = {}): Promise<void> {
    this.#server = this.#spawn('server/main.ts', { PORT: port, MONGODB_URI: this.#serverUri, ...env });
    const line = await this.#server.waitForLine(entry => typeof entry.url === 'string');
    this.url = (JSON.parse(line) as { url: string }).url;
  }

  /** Ends the server as a power cut would. */
  async killServer(): Promise<void> {
    this.#server?.kill('SIGKILL');
    await this.#server?.exited;
  }

  /** The server's database stands still; the worker's does not. */
  holdDatabase(): void {
    this.#line?.hold('requests');
    this.#line?.hold('answers');
  }

  releaseDatabase(): void {
    this.#line?.release('requests');
    this.#line?.release('answers');
  }

  async stop(): Promise<void> {
    const running = [this.#server, this.#worker];
    for (const process of running) process?.kill('SIGKILL');
    for (const process of running) await process?.exited;
    this.#line?.close();
  }

  async post(path: string, body: object): Promise<unknown> {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(this.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return response.json();
  }

  /** Waits for the first picture of a task and resolves its content id. */
  async pictureFrom(task_id: string): Promise<string> {
    return waitFor(async () => {
      const task = (await (await fetch(`${this.url}/api/task/${task_id}`)).json()) as MadeTask;
      return task.result?.content_ids[0];
    });
  }

  /** Enqueues a task over HTTP and resolves its id. */
  async enqueue(actor: string, payload: object): Promise<string> {
    const body = (await this.post('/api/task', { actor, payload })) as { task_id?: string };
    if (!body.task_id) throw new Error(`The server refused the task: ${JSON.stringify(body)}`);
    return body.task_id;
  }

  #spawn(entry: string, env: Record<string, string>): Spawned {
    return spawnNode(['--import', import.meta.resolve('tsx'), resolve(root, entry)], {
      env: { MONGODB_URI: this.#uri, LOG_LEVEL: 'info', HOST: undefined, PUBLIC_URL: undefined, ...env },
    });
  }
}

/** One stack for a test file, started before its first test and ended after its last. */
export function stackForFile(): Stack {
  const stack = new Stack();
  beforeAll(() => stack.start());
  afterAll(() => stack.stop());
  return stack;
}

/** A payload for a picture that takes `duration_ms` at least. */
export function pictureOf(prompt: string, duration_ms = 300, more: object = {}): object {
  return {
    provider: 'studio',
    action_type: 'txt2img',
    params: { prompt, duration_ms, width: 320, height: 400, ...more },
  };
}
