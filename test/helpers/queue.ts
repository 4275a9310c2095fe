// A queue on a fresh database, with actors published, and builders that take the interesting fields only.
import { type CommandStartedEvent, MongoClient } from 'mongodb';
import { afterAll } from 'vitest';
import {
  type ActorDescription,
  type ClaimedTask,
  claimTasks,
  completeTasks,
  enqueueTasks,
  type NewTask,
  openQueue,
  publishActors,
  publishLimits,
  type Queue,
} from '../../queue/index.ts';
import { describeActor } from './actors.ts';
import { testDatabase, testUri } from './mongo.ts';

export { describeActor } from './actors.ts';

/** A queue with two actors: `echo`, unlimited, and `draw`, limited by `/key` (a: 3, b: 1, else 2). */
export async function testQueue(...actors: ActorDescription[]): Promise<Queue> {
  const queue = await openQueue(await testDatabase());
  await publish(queue, ...defaultActors, ...actors);
  return queue;
}

const defaultActors = [
  describeActor('echo'),
  describeActor('draw', { key: '/key', limits: { a: 3, b: 1 }, default: 2 }),
];

/** Completes them all, with nothing as their result. */
export const finish = (queue: Queue, tasks: readonly ClaimedTask[]) =>
  completeTasks(
    queue,
    tasks.map(task => ({ task, result: null })),
  );

export async function publish(queue: Queue, ...actors: ActorDescription[]): Promise<void> {
  await publishActors(queue, actors);
  await publishLimits(queue, actors);
}

/** Another process's view of the same queue: a client of its own, with every command it sends. */
export async function observedQueue(
  queue: Queue,
): Promise<{ queue: Queue; commands: CommandStartedEvent[] }> {
  const client = await MongoClient.connect(testUri(), { monitorCommands: true });
  clients.push(client);
  const commands: CommandStartedEvent[] = [];
  const other = await openQueue(client.db(queue.db.databaseName), { ensureSchema: false });
  client.on('commandStarted', event => commands.push(event));
  return { queue: other, commands };
}
const clients: MongoClient[] = [];
afterAll(async () => void (await Promise.all(clients.map(client => client.close()))));

export async function enqueueMany(
  queue: Queue,
  count: number,
  task: Partial<NewTask> = {},
): Promise<string[]> {
  const ids: string[] = [];
  for (let left = count; left > 0; left -= 1_000) {
    const batch = Array.from({ length: Math.min(left, 1_000) }, () => ({
      actor: 'echo',
      payload: {},
      ...task,
    }));
    ids.push(...(await enqueueTasks(queue, batch)).map(({ task_id }) => task_id));
  }
  return ids;
}

export interface Claimer {
  worker_id?: string;
  want?: number;
  actors?: string[];
  share?: { index: number; of: number };
}

/** One claim round. */
export function claimRound(
  queue: Queue,
  { worker_id = 'w1', want = 100, actors = ['echo', 'draw'], share }: Claimer = {},
) {
  return claimTasks(queue, { worker_id, want, actors: new Set(actors), share: share ?? { index: 0, of: 1 } });
}

/** Claim rounds until one says that there is nothing more to claim at once. */
export async function claimAll(queue: Queue, claimer: Claimer = {}): Promise<ClaimedTask[]> {
  const tasks: ClaimedTask[] = [];
  for (let again = true; again && tasks.length < (claimer.want ?? 100); ) {
    const round = await claimRound(queue, { ...claimer, want: (claimer.want ?? 100) - tasks.length });
    tasks.push(...round.tasks);
    again = round.again;
  }
  return tasks;
}
