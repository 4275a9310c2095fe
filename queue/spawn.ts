// Tasks that tasks make. A child is an ordinary task that remembers who is above it.
import { setTimeout as pause } from 'node:timers/promises';
import type { Place } from './build.ts';
import { cancelTree } from './cancel.ts';
import { enqueueAs } from './enqueue.ts';
import { InvalidInput, LostClaim, TaskCancelled, TaskNotFound } from './errors.ts';
import { derivedTaskId, newTaskId } from './ids.ts';
import { type NewTask, text } from './new-task.ts';
import { checkInput } from './parse.ts';
import type { Queue } from './queue.ts';
import type { ClaimedTask } from './task.ts';
import { tracedBy } from './traceparent.ts';
import { isTransient } from './transient.ts';

/** What may be said of a child, besides its actor and payload. */
export type SpawnOptions = Omit<NewTask, 'actor' | 'payload'> & {
  /** Names the child among its parent's: spawning it twice, by a later attempt too, is spawning it once. */
  key?: string | undefined;
};

export type ChildTask = SpawnOptions & Pick<NewTask, 'actor' | 'payload'>;

export interface SpawnRules {
  /** At most so many spawned tasks of actors without a limit of their own run at once; see `limitJobs`. */
  jobs_max_concurrency?: number | undefined;
}

/** How many tasks may stand above one. */
const maxDepth = 16;
const keySchema = text(255).optional();

/**
 * Stores a child of a claimed task, in the workflow run of its parent unless it says another. Without a key, an attempt
 * that runs again spawns again. Throws LostClaim, and TaskCancelled when the parent was asked to cancel. Both are asked
 * before the child is stored: a claim that is lost in just that moment leaves a child behind. A child that is stored while its
 * parent's tree is cancelled is cancelled with it. Throws InvalidInput, UnknownActor; the payload is not checked against
 * the actor's schema here.
 */
export async function spawnTask(
  queue: Queue,
  parent: ClaimedTask,
  { key, ...child }: ChildTask,
  { jobs_max_concurrency }: SpawnRules = {},
): Promise<{ task_id: string }> {
  const name = checkInput(keySchema, key, '/key');
  const ancestors = [...(parent.ancestors ?? []), parent._id];
  if (ancestors.length > maxDepth)
    throw new InvalidInput([
      { pointer: '', detail: `would stand below ${maxDepth} others, which is too deep` },
    ]);
  await refuseUnheld(queue, parent);
  let task_id: string | undefined;
  const makePlace = (now: Date): Place => {
    task_id = name === undefined ? newTaskId(now) : childId(parent, name);
    const trace = tracedBy(parent.traceparent);
    return { _id: task_id, parent_id: parent._id, ancestors, depth: ancestors.length, ...trace };
  };
  const { workflow_run_id = parent.workflow_run_id } = child;
  const inherited = { ...child, ...(workflow_run_id !== undefined && { workflow_run_id }) };
  const [stored] = await Promise.allSettled([enqueueAs(queue, [inherited], makePlace, jobs_max_concurrency)]);
  // Also after an error: it does not say that nothing was stored.
  if (task_id !== undefined) await withdrawUnwanted(queue, parent, task_id);
  if (stored.status === 'rejected') throw stored.reason;
  return { task_id: stored.value[0]!.task_id };
}

/** Of the moment after its parent's, so that it sorts behind it. */
function childId({ _id, created_at }: ClaimedTask, key: string): string {
  return derivedTaskId(`${_id}\n${key}`, new Date(created_at.getTime() + 1));
}

async function refuseUnheld(queue: Queue, parent: ClaimedTask): Promise<void> {
  const standing = await readStanding(queue, parent);
  if (standing === 'lost') throw new LostClaim(parent._id);
  if (standing !== 'held') throw new TaskCancelled(parent._id);
}

/** The second step of the order in tree.ts. */
async function withdrawUnwanted(queue: Queue, parent: ClaimedTask, task_id: string): Promise<void> {
  if ((await readStanding(queue, parent)) !== 'closed') return;
  // Nothing was stored where a dedupe key was taken.
  await cancelTree(queue, task_id).catch((error: unknown) => {
    if (!(error instanceof TaskNotFound)) throw error;
  });
  throw new TaskCancelled(parent._id);
}

/** `asked`: it shall stop, its children may live. `closed`: its tree is cancelled. */
type Standing = 'held' | 'asked' | 'closed' | 'lost';

const tries = 5;

async function readStanding(queue: Queue, parent: ClaimedTask, left = tries): Promise<Standing> {
  const { _id, claim, ancestors = [] } = parent;
  const projection = { claim: 1, status: 1, cancel_requested: 1, children_cancelled: 1 } as const;
  try {
    const rows = await queue.tasks
      .find({ _id: { $in: [_id, ...ancestors] } }, { projection, hint: { _id: 1 }, maxTimeMS: 5_000 })
      .toArray();
    const own = rows.find(row => row._id === _id);
    if (own?.children_cancelled) return 'closed';
    if (own?.claim === claim && own.status === 'processing') return own.cancel_requested ? 'asked' : 'held';
    // It has ended without a mark of its own: the mark then stands further up.
    return rows.some(row => row.children_cancelled) ? 'closed' : 'lost';
  } catch (error) {
    if (left <= 1 || !isTransient(error)) throw error;
    await pause(100 * 2 ** (tries - left));
    return readStanding(queue, parent, left - 1);
  }
}
