// How attempts end in the database: completions and releases as group commits, the rest one by one. Each write is
// tried again until it is answered or the claim may be lost.
import { setTimeout as pause } from 'node:timers/promises';
import { BSON } from 'mongodb';
import {
  type ClaimedTask,
  completeTasks,
  coolLane,
  type Failure,
  failTask,
  isTransient,
  type Json,
  type Queue,
  releaseTasks,
  type SettleOutcome,
  stopTask,
} from '../queue/index.ts';
import type { Attempt } from './attempt.ts';
import { GroupCommit } from './group-commit.ts';

// A command may have 16 MB, and a result alone up to 7 (1 MiB of JSON can be several of BSON).
const maxBatchBytes = 8_000_000;

export interface Outbox {
  complete(attempt: Attempt, result: Json): Promise<SettleOutcome>;
  fail(attempt: Attempt, failure: Failure): Promise<SettleOutcome>;
  /** Gives the task back; until `rest` is over, nothing of its lane is claimed. */
  release(attempt: Attempt, rest?: Date): Promise<SettleOutcome>;
  stop(attempt: Attempt): Promise<SettleOutcome>;
}

export function openOutbox(queue: Queue): Outbox {
  const completions = new GroupCommit<{ task: ClaimedTask; result: Json }, SettleOutcome>({
    write: items => completeTasks(queue, items),
    sizeOf: ({ result }) => BSON.calculateObjectSize({ result }),
    maxSize: maxBatchBytes,
  });
  const releases = new GroupCommit<ClaimedTask, SettleOutcome>({
    write: tasks => releaseTasks(queue, tasks),
  });
  return {
    complete: (attempt, result) => insist(attempt, task => completions.add({ task, result })),
    fail: (attempt, failure) => insist(attempt, task => failTask(queue, task, failure)),
    release: (attempt, rest) =>
      insist(attempt, async task => {
        // First the rest: a released task is claimable at once.
        if (rest) await coolLane(queue, task, rest);
        return releases.add(task);
      }),
    stop: attempt => insist(attempt, task => stopTask(queue, task)),
  };
}

/** Writes until the database answers. Past its fence the claim may be another's, and nothing is written any more. */
async function insist(
  attempt: Attempt,
  write: (task: ClaimedTask) => Promise<SettleOutcome>,
): Promise<SettleOutcome> {
  for (let failures = 0; !attempt.fenced; failures++) {
    try {
      return await write(attempt.task);
    } catch (error) {
      if (!isTransient(error)) throw error;
      await pause(Math.min(100 * 2 ** failures, 2_000));
    }
  }
  return 'lost';
}
