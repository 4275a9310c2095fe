// Worker processes as users start them, and the outside world that their actors call: a server that counts and holds.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Spawned, spawnNode } from '../helpers/processes.ts';
import { waitFor } from '../helpers/wait.ts';

const main = resolve(import.meta.dirname, '../../worker/main.ts');

export interface ProcessOptions {
  env?: Record<string, string | undefined>;
  cwd?: string;
}

/** Starts `node worker` from its source. */
export function spawnWorker({ env = {}, cwd = process.cwd() }: ProcessOptions): Spawned {
  return spawnNode(['--import', import.meta.resolve('tsx'), main], {
    cwd,
    env: { MONGODB_URI: undefined, HEARTBEAT_MS: '500', LEASE_MS: '3000', LOG_LEVEL: 'debug', ...env },
  });
}

/** Starts a worker and waits until it claims; it is killed after the test unless it ended. */
export async function startedWorker(options: ProcessOptions): Promise<Spawned> {
  const worker = spawnWorker(options);
  onTestFinished(async () => {
    worker.kill('SIGCONT');
    worker.kill('SIGKILL');
    await worker.exited;
  });
  await worker.waitForLine(entry => entry.msg === 'worker started');
  return worker;
}

/** A new empty directory, removed after the test. */
export async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'callsheet-worker-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

const outsideActor = `
export default {
  name: 'outside',
  concurrency: { key: '/key', limits: { three: 3, one: 1 }, default: 1 },
  async execute({ key, url }, { task_id, attempt }) {
    const response = await fetch(url + '?' + new URLSearchParams({ key, task_id, attempt }));
    return { answer: await response.text(), attempt };
  },
};
`;

/** The path of a module whose actor \`outside\` calls \`payload.url\` and returns the answer; limits 3 and 1. */
export async function outsideModule(): Promise<string> {
  const path = join(await emptyDirectory(), 'outside.mjs');
  await writeFile(path, outsideActor);
  return path;
}

interface Call {
  key: string;
  task_id: string;
  attempt: number;
  answer(text: string): void;
}

export interface Outside {
  url: string;
  /** Every call so far. */
  calls: Call[];
  /** The most calls that were open at once, by key. */
  most: Map<string, number>;
  nextCall(): Promise<Call>;
}

/** The outside service: counts the calls that are open, and answers when it is told, or by itself after `answerMs`. */
export async function startOutside(answerMs?: number): Promise<Outside> {
  const calls: Call[] = [];
  const most = new Map<string, number>();
  const open = new Map<string, number>();
  const server = createServer((request, response) => {
    const query = new URL(request.url ?? '/', 'http://outside').searchParams;
    const key = query.get('key') ?? '';
    const change = (by: number) => open.set(key, (open.get(key) ?? 0) + by);
    change(+1);
    most.set(key, Math.max(open.get(key)!, most.get(key) ?? 0));
    response.once('close', () => change(-1));
    calls.push({
      key,
      task_id: query.get('task_id')!,
      attempt: Number(query.get('attempt')),
      answer: text => end(response, text),
    });
    if (answerMs !== undefined) setTimeout(() => end(response, 'by itself'), answerMs);
  });
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  let taken = 0;
  return {
    url: `http://127.0.0.1:${port}/`,
    calls,
    most,
    async nextCall() {
      const index = taken++;
      return waitFor(() => calls[index], {
        timeoutMs: 15_000,
        description: `call ${index + 1} from an actor`,
      });
    },
  };
}

function end(response: ServerResponse, text: string): void {
  if (!response.writableEnded) response.end(text);
}
