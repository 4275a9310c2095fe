/*
 * One conditional change per task whose filter names the claim, one statement per batch, and what became of each.
 *
 * A change that matched nothing did not happen: the claim was lost. When the answer of the database is lost or
 * doubtful, the tasks are read back: these changes leave the claim in place, so "my claim, and no longer processing"
 * means that a change is in; "my claim, still processing" means that it is not, and it is sent again. A recoverer
 * removes the claim and so can never be mistaken for the holder. Two who both have the claim can: a worker outside that
 * reports twice, perhaps to two servers. So what was only read back is told apart, and its caller looks at what is in.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Document } from 'mongodb';
import { heldBy } from './batch.ts';
import type { Queue } from './queue.ts';
import type { ClaimRef } from './task.ts';
import { isTransient } from './transient.ts';

/**
 * `lost`: the claim is no longer in force. `unwanted`: it is, but a cancellation was requested. Neither was changed.
 * `found`: the attempt has been ended in the name of the claim, by this change or by another.
 */
export type Fenced = 'changed' | 'found' | 'lost' | 'unwanted';

// Long enough for an election (10 to 12 s) at 5 s per try; the lease then decides.
const tries = 5;

/**
 * Applies `update`, which ends the attempt, to every task that is still held by its claim and fulfils `condition`.
 * Throws when the database gives no usable answer for all its tries; the lease then decides.
 */
export async function changeHeld(
  queue: Queue,
  tasks: readonly ClaimRef[],
  update: Document[],
  condition: Document,
): Promise<Map<string, Fenced>> {
  const outcomes = new Map<string, Fenced>(tasks.map(task => [task._id, 'changed']));
  let open = tasks;
  for (let tried = 1; open.length > 0; tried++) {
    const answer = await write(queue, open, update, condition, tried < tries);
    if (answer === 'all') break;
    const states = await readStates(queue, open, answer);
    for (const [id, state] of states) if (state !== 'held') outcomes.set(id, state);
    open = open.filter(({ _id }) => states.get(_id) === 'held');
    if (open.length > 0) await pause(100 * 2 ** tried);
  }
  return outcomes;
}

/** `some`: the database answered and did not match all of them. */
type Answer = 'all' | 'some' | 'unknown';

async function write(
  queue: Queue,
  tasks: readonly ClaimRef[],
  update: Document[],
  condition: Document,
  again: boolean,
): Promise<Answer> {
  try {
    const filter = { ...heldBy(tasks), ...condition };
    const { matchedCount } = await queue.tasks.updateMany(filter, update, { hint: { _id: 1 } });
    return matchedCount === tasks.length ? 'all' : 'some';
  } catch (error) {
    if (again && isTransient(error)) return 'unknown';
    throw error;
  }
}

type State = Fenced | 'held';

async function readStates(
  queue: Queue,
  tasks: readonly ClaimRef[],
  answer: Answer,
): Promise<Map<string, State>> {
  const states = await readMajority(queue, tasks);
  if (answer === 'unknown') return states;
  // The primary did not match these, so none of them is held: where a majority does not know it yet, wait for it.
  for (let tried = 1; tried <= tries && [...states.values()].includes('held'); tried++) {
    await pause(20 * 2 ** tried);
    for (const [id, state] of await readMajority(queue, tasks)) states.set(id, state);
  }
  return new Map([...states].map(([id, state]) => [id, state === 'held' ? 'lost' : state]));
}

async function readMajority(queue: Queue, tasks: readonly ClaimRef[]): Promise<Map<string, State>> {
  const ids = tasks.map(task => task._id);
  const fields = { claim: 1, status: 1, cancel_requested: 1 } as const;
  const options = { projection: fields, readConcern: 'majority', maxTimeMS: 5_000 } as const;
  const rows = await queue.tasks.find({ _id: { $in: ids } }, options).toArray();
  const found = new Map(rows.map(row => [row._id, row]));
  return new Map(
    tasks.map(({ _id, claim }) => {
      const row = found.get(_id);
      if (row?.claim !== claim) return [_id, 'lost'];
      if (row.status !== 'processing') return [_id, 'found'];
      return [_id, row.cancel_requested ? 'unwanted' : 'held'];
    }),
  );
}
