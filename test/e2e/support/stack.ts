// The whole of Callsheet for tests in a browser: a real server process, a real worker process, the run's mongod.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { testDatabase, testUri } from '../../helpers/mongo.ts';
import { type Spawned, spawnNode } from '../../helpers/processes.ts';

const root = resolve(import.meta.dirname, '../../..');
const actors = resolve(import.meta.dirname, 'actors.mjs');

export class Stack {
  /** Where the server listens, also after a restart. */
  url = '';
  #uri = '';
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
    this.#worker = this.#spawn('worker/main.ts', { CALLSHEET_ACTORS: actors });
    await Promise.all([this.#worker.waitForLine(/worker started/), this.startServer('0')]);
  }

  async startServer(port = new URL(this.url).port): Promise<void> {
    this.#server = this.#spawn('server/main.ts', { PORT: port });
    const line = await this.#server.waitForLine(entry => typeof entry.url === 'string');
    this.url = (JSON.parse(line) as { url: string }).url;
  }

  /** Ends the server as a power cut would. */
  async killServer(): Promise<void> {
    this.#server?.kill('SIGKILL');
    await this.#server?.exited;
  }

  async stop(): Promise<void> {
    const running = [this.#server, this.#worker];
    for (const process of running) process?.kill('SIGKILL');
    for (const process of running) await process?.exited;
  }

  /** Enqueues a task over HTTP and resolves its id. */
  async enqueue(actor: string, payload: object): Promise<string> {
    const response = await fetch(`${this.url}/api/task`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ actor, payload }),
    });
    const body = (await response.json()) as { task_id?: string };
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
