// Ids that sort by time. The time is the database's, given by the caller.
import { createHash, randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

const randomSize = 16;
const pool = new Uint8Array(256 * randomSize);
let drawn = pool.length;

/** Random bytes, fetched for many ids at once: one by one they were a third of the work of making a task. */
function drawRandom(): Uint8Array {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  drawn += randomSize;
  return pool.subarray(drawn - randomSize, drawn);
}

let lastMs = 0;
let sequence = 0;

/** A new `tq_<uuid7>`; ids made by one process rise strictly, even within one millisecond. */
export function newTaskId(now: Date): string {
  const msecs = Math.max(now.getTime(), lastMs);
  sequence = msecs === lastMs ? sequence + 1 : 0;
  lastMs = msecs;
  return `tq_${v7({ msecs, seq: sequence, random: drawRandom() })}`;
}

/** The id of the one task that belongs to `name` at a moment: the same for everybody who asks, and in the order of time. */
export function derivedTaskId(name: string, moment: Date): string {
  const random = createHash('sha256').update(`${name}\n${moment.toISOString()}`).digest();
  return `tq_${v7({ msecs: moment.getTime(), seq: random.readUInt32BE(16), random })}`;
}

/** Whether a string has the shape of a task id: asked before it reaches a query. */
export function isTaskId(text: string): boolean {
  return /^tq_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

/** A new `sch_<uuid7>`. */
export function newScheduleId(now: Date): string {
  return `sch_${v7({ msecs: now.getTime() })}`;
}

/** Sixteen random bits of a task id, the same for every process: spreads tasks over lanes and workers. */
export function spread(task_id: string): number {
  return Number.parseInt(task_id.slice(-4), 16);
}
