// Time and memory of `callsheet verify` over a long history, in a process of its own. Needs a build.
// Usage: tsx bench/verify.ts [tasks=1000000] [limited percent=20]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import type { Queue } from '../queue/index.ts';
import type { Task } from '../queue/task.ts';
import { finishedTask } from '../test/queue/verify-history.ts';
import { timed, withMongod } from './mongod.ts';

const [tasks = 1_000_000, limitedPercent = 20] = process.argv.slice(2).map(Number);
const lanes = 200;
const limit = 3;

await withMongod(async bench => {
  const queue = await bench.openQueue('verify');
  const { seconds } = await timed(() => fill(queue));
  console.log(
    `${tasks} finished tasks, ${limitedPercent} % of them limited, stored in ${seconds.toFixed(0)} s`,
  );
  const { size, avgObjSize } = await queue.db.command({ collStats: 'task_queue' });
  console.log(`${Math.round(size / 2 ** 20)} MB, ${avgObjSize} bytes per task`);
  const verify = await timed(() => run(bench.uri.replace('/?', '/verify?')));
  console.log(verify.value.said);
  console.log(`verified in ${verify.seconds.toFixed(1)} s, at most ${verify.value.peakMb} MB resident`);
});

/** Every lane has `limit` slots, each held by one task after the other; every thirtieth task needed two attempts. */
async function fill(queue: Queue): Promise<void> {
  for (let n = 0; n < tasks; n += 2_000) {
    const batch = Array.from({ length: Math.min(2_000, tasks - n) }, (_, index) => taskOf(n + index));
    await queue.tasks.insertMany(batch, { ordered: false, writeConcern: { w: 1, journal: false } });
  }
}

function taskOf(n: number): Task {
  const limited = n % 100 < limitedPercent;
  const slot = limited ? { slot: Math.floor(n / lanes) % limit, limit } : {};
  const from = Math.floor(n / (lanes * limit)) * 1_000;
  const last = { from: from + 500, to: from + 1_000, ...slot };
  const runs = n % 30 === 0 ? [{ from, to: from + 400, outcome: 'retried' as const, ...slot }, last] : [last];
  return finishedTask(limited ? `key${n % lanes}` : `echo#${n % 4}`, runs);
}

async function run(uri: string): Promise<{ said: string; peakMb: number }> {
  const child = spawn(process.execPath, ['dist/cli/main.js', 'verify'], {
    env: { ...process.env, MONGODB_URI: uri },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let peakMb = 0;
  const sampler = setInterval(() => {
    peakMb = Math.max(peakMb, peakOf(child.pid!));
  }, 100);
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  clearInterval(sampler);
  return { said: said.trimEnd(), peakMb };
}

/** The most memory a process has held so far, in megabytes (Linux). */
function peakOf(pid: number): number {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Math.round(Number(kilobytes) / 1_024) || 0;
  } catch {
    return 0;
  }
}
