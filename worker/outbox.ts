// How attempts end in the database: completions and releases as group commits, the rest one by one. Each write is
// tried again until it is answered or the claim may be lost.
import { BSON } from 'mongodb';
import {
  type ClaimedTask,
  type Failure,
  isRefusal,
  isTransient,
  type Json,
  type SettleOutcome,
} from '../queue/index.ts';
import { GroupCommit } from '../queue/pace/group-commit.ts';
import { pause, type Time } from '../queue/pace/time.ts';
import type { Attempt } from './attempt.ts';
import type { Store } from './store.ts';

// A command may have 16 MB, and a result alone up to 7 (1 MiB of JSON can be several of BSON).
const maxBatchBytes = 8_000_000;

export interface Outbox {
  complete(attempt: Attempt, result: Json): Promise<SettleOutcome>;
  fail(attempt: Attempt, failure: Failure): Promise<SettleOutcome>;
  /** Gives the task back; until `rest` is over, nothing of its lane is claimed. */
  release(attempt: Attempt, rest?: Date): Promise<SettleOutcome>;
  stop(attempt: Attempt): Promise<SettleOutcome>;
}

export function openOutbox(store: Store, time: Time): Outbox {
  const insist = (attempt: Attempt, write: Write) => insistOn(attempt, write, time);
  const completions = new GroupCommit<{ task: ClaimedTask; result: Json }, SettleOutcome>({
    write: items => store.completeTasks(items),
    sizeOf: ({ result }) => BSON.calculateObjectSize({ result }),
    maxSize: maxBatchBytes,
    time,
  });
  const releases = new GroupCommit<ClaimedTask, SettleOutcome>({
    write: tasks => store.releaseTasks(tasks),
    time,
  });
  return {
    complete: (attempt, result) => insist(attempt, task => completions.add({ task, result })),
    fail: (attempt, failure) => insist(attempt, task => store.failTask(task, failure)),
    release: (attempt, rest) =>
      insist(attempt, async task => {
        // First the rest: a released task is claimable at once.
        if (rest) await store.coolLane(task, rest);
        return releases.add(task);
      }),
    stop: attempt => insist(attempt, task => store.stopTask(task)),
  };
}

// Errors that are neither passing by their kind nor a refusal (no memory, no rights, no disk) may pass all the same.
const maxOddErrors = 10;

type Write = (task: ClaimedTask) => Promise<SettleOutcome>;

/** Writes until the database answers. Past its fence the claim may be another's, and nothing is written any more. */
async function insistOn(attempt: Attempt, write: Write, time: Time): Promise<SettleOutcome> {
  let odd = 0;
  for (let failures = 0; !attempt.fenced; failures++) {
    try {
      return await write(attempt.task);
    } catch (error) {
      if (isRefusal(error) || (!isTransient(error) && ++odd >= maxOddErrors)) throw error;
      await pause(time, Math.min(100 * 2 ** failures, 2_000));
    }
  }
  return 'lost';
}
