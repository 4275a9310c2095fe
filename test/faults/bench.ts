// A mongod of its own for fault points, which are global to a mongod, and a queue seen by two clients: one whose writes go
// wrong, and one that prepares and looks. An audit watches all of it.
import { MongoClient } from 'mongodb';
import { startEmbedded } from '../../embedded/index.ts';
import {
  type ClaimedTask,
  claimTasks,
  completeTasks,
  enqueueTasks,
  type NewTask,
  openQueue,
  promoteDueTasks,
  type Queue,
  recoverStaleTasks,
  reopenStrandedLanes,
} from '../../queue/index.ts';
import { Audit } from '../chaos/audit.ts';
import { Violations } from '../chaos/violations.ts';
import { describeActor } from '../helpers/actors.ts';
import { publish } from '../helpers/queue.ts';

const database = 'faults';
/** The name by which fault points know the client that they are meant for. */
export const faultyApp = 'faulty';

export interface Bench {
  uri: string;
  clean: Queue;
  faulty: Queue;
  audit: Audit;
  violations: Violations;
  /** The name of the case that runs: its workflow run and its key. */
  run: string;
  stop(): Promise<void>;
}

/** Starts it all. `through` gives the address for the faulty client, where something stands in between. */
export async function startBench(through = async (uri: string) => uri): Promise<Bench> {
  const mongod = await startEmbedded({ directory: process.cwd(), ephemeral: true });
  const looking = await MongoClient.connect(mongod.uri);
  const clean = await openQueue(looking.db(database));
  await publish(clean, describeActor('echo'), describeActor('draw', { key: '/key', limits: {}, default: 2 }));
  const violations = new Violations();
  const audit = new Audit(mongod.uri, database, violations, 1);
  await audit.start();
  // After an error of a failover the driver asks who is primary. Ours changes nothing that would make mongod answer soon to a
  // question that waits for a change, so these do not wait.
  const failing = await MongoClient.connect(await through(mongod.uri), {
    appName: faultyApp,
    serverMonitoringMode: 'poll',
    minHeartbeatFrequencyMS: 10,
  });
  const faulty = await openQueue(failing.db(database), { ensureSchema: false });
  async function stop(): Promise<void> {
    await audit.close();
    await Promise.all([looking.close(), failing.close()]);
    await mongod.stop();
  }
  return { uri: mongod.uri, clean, faulty, audit, violations, run: '', stop };
}

/** New tasks of this case, under its key: two may run at once. */
export function newTasks({ run }: Bench, count: number, more: Partial<NewTask> = {}): NewTask[] {
  return Array.from({ length: count }, (_, ref) => ({
    actor: 'draw',
    payload: { key: run, ref },
    workflow_run_id: run,
    ...more,
  }));
}

/** New tasks of this case, of which a worker holds as many as it can, or as it wants. */
export async function hold(
  bench: Bench,
  count: number,
  more: Partial<NewTask> = {},
  want = count,
): Promise<ClaimedTask[]> {
  await enqueueTasks(bench.clean, newTasks(bench, count, more));
  return claim(bench.clean, want);
}

export async function claim(queue: Queue, want = 100, worker_id = 'w1'): Promise<ClaimedTask[]> {
  const actors = new Set(['echo', 'draw']);
  return (await claimTasks(queue, { worker_id, actors, want, share: { index: 0, of: 1 } })).tasks;
}

const maxRounds = 50;

/**
 * Does what healthy workers would, until nothing of the queue is live: whoever held a task is taken for dead. Rejects when
 * that takes too long: then something is stuck.
 */
export async function finish({ clean }: Bench): Promise<void> {
  const live = { status: { $in: ['scheduled' as const, 'queued' as const, 'processing' as const] } };
  for (let round = 1; round <= maxRounds; round++) {
    if ((await clean.tasks.countDocuments(live)) === 0) return;
    await recoverStaleTasks(clean, { lease_ms: 1 });
    await promoteDueTasks(clean);
    await reopenStrandedLanes(clean);
    const held = await claim(clean, 100, 'finisher');
    await completeTasks(
      clean,
      held.map(task => ({ task, result: 'finished' })),
    );
  }
  throw new Error(`Stuck: ${JSON.stringify(await clean.tasks.find(live).toArray())}`);
}
