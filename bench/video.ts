// A long film from a provider through a worker into the store, and through a server to a browser: how fast beside the driver
// alone, and in how much memory. Needs a build.
// Usage: tsx bench/video.ts [megabytes=500] [rounds=3] [gridfs|file]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { enqueueTask, getTask, type Queue } from '../queue/index.ts';
import { timed, withMongod } from './mongod.ts';
import { type Program, startProgram } from './processes.ts';

const [megabytes = 500, rounds = 3] = process.argv.slice(2, 4).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'callsheet-video-'));
const store = process.argv[4] === 'file' ? `file:${folder}` : 'gridfs';

await withMongod(async bench => {
  const uri = bench.uri.replace('/?', '/video?');
  const env = { MONGODB_URI: uri, CONTENT_STORE: store, LOG_LEVEL: 'info' };
  const media = { MEDIA_HOSTS: '127.0.0.1', CALLSHEET_ACTORS: 'bench/film-provider.mjs' };
  const port = await freePort();
  const queue = await bench.openQueue('video');
  const running: { stop(): Promise<void> }[] = [];
  const kept = <T extends { stop(): Promise<void> }>(part: T): T => {
    running.push(part);
    return part;
  };
  try {
    const service = kept(await startPart('bench/film-service.ts'));
    const copy = kept(await startPart('bench/film-copy.ts', bench.uri, store));
    const worker = kept(await startProgram('worker', { ...env, ...media }, 'worker started'));
    const server = kept(await startProgram('server', { ...env, PORT: String(port) }, 'listening on'));
    const parts = { queue, worker, server, port };
    await run({ ...parts, address: `${service.first}/20.mp4` });
    await compare(parts, copy, `${service.first}/${megabytes}.mp4`);
  } finally {
    for (const part of running) await part.stop();
    rmSync(folder, { recursive: true });
  }
});

/** Each round first the driver alone, then ourselves: what else the machine does changes slower than that. */
async function compare(parts: Omit<Parts, 'address'>, copy: Asked, address: string): Promise<void> {
  const ratios: { in: number; out: number; both: number }[] = [];
  const memory = { worker: watchMemory(parts.worker), server: watchMemory(parts.server) };
  for (let round = 1; round <= rounds; round++) {
    const [write = 0, read = 0] = (await copy.ask(address)).split(' ').map(Number);
    const seconds = await run({ ...parts, address });
    const both = (write + read) / (seconds.in + seconds.out);
    ratios.push({ in: write / seconds.in, out: read / seconds.out, both });
    console.log(`alone: ${speed(write)} in, ${speed(read)} out`);
    console.log(`through: ${speed(seconds.in)} in, ${speed(seconds.out)} out`);
  }
  console.log(`${store.split(':')[0]}, ${megabytes} MB, in: ${summary(ratios.map(ratio => ratio.in))}`);
  console.log(`  out: ${summary(ratios.map(ratio => ratio.out))}`);
  console.log(`  both: ${summary(ratios.map(ratio => ratio.both))}`);
  console.log(`  the worker grew by ${memory.worker()} MB at most, the server by ${memory.server()} MB`);
}

function speed(seconds: number): string {
  return `${Math.round(megabytes / seconds)} MB/s`;
}

function summary(ratios: number[]): string {
  const sorted = ratios.toSorted((a, b) => a - b);
  const shown = [sorted[0], sorted[sorted.length >> 1]].map(ratio => ratio?.toFixed(2));
  return `ratio min ${shown[0]}, median ${shown[1]}`;
}

interface Parts {
  queue: Queue;
  worker: Program;
  server: Program;
  port: number;
  address: string;
}

/** One film, and the seconds of each way. */
async function run({ queue, port, address }: Parts): Promise<{ in: number; out: number }> {
  const stored = await timed(() => make(queue, address));
  const url = new URL(stored.value, `http://127.0.0.1:${port}`);
  const fetched = await timed(() => fetchAll(url));
  return { in: stored.seconds, out: fetched.seconds };
}

async function make(queue: Queue, address: string): Promise<string> {
  const payload = {
    workflow_run_id: 'bench',
    provider: 'film',
    action_type: 'txt2img',
    params: { prompt: address },
  };
  const { task_id } = await enqueueTask(queue, { actor: 'media', payload });
  for (;;) {
    const task = await getTask(queue, task_id);
    if (task?.status === 'failed') throw new Error(JSON.stringify(task.error));
    if (task?.status === 'completed') return (task.result as { urls: [string] }).urls[0];
    await pause(20);
  }
}

async function fetchAll(url: URL): Promise<void> {
  const [response] = await once(get(url), 'response');
  let size = 0;
  for await (const chunk of response) size += chunk.length;
  if (size !== Number(response.headers['content-length'])) throw new Error(`Only ${size} bytes came.`);
}

/** Megabytes by which a process has grown at most since now; asked once, at the end. */
function watchMemory(program: Program): () => number {
  const before = program.rssMb();
  let most = before;
  const sampler = setInterval(() => {
    most = Math.max(most, program.rssMb());
  }, 50);
  return () => {
    clearInterval(sampler);
    return most - before;
  };
}

/** A TypeScript program of this folder: its first line, and an answer of one line to each line it is asked. */
interface Asked {
  first: string;
  ask(line: string): Promise<string>;
  stop(): Promise<void>;
}

async function startPart(...args: string[]): Promise<Asked> {
  const child = spawn(process.execPath, ['--import', 'tsx', ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value ?? '';
  return {
    first: await next(),
    ask(line: string): Promise<string> {
      child.stdin.write(`${line}\n`);
      return next();
    },
    async stop() {
      child.kill();
      await once(child, 'exit');
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
