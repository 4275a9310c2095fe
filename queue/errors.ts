// Every error that a caller of queue/ can act on. HTTP statuses are decided in server/.

/** No worker has ever published an actor of this name (or it was withdrawn). */
export class UnknownActor extends Error {
  override name = 'UnknownActor';
  readonly actor: string;
  constructor(actor: string) {
    super(`No actor is called "${actor}". Start a worker that has it, or check the spelling.`);
    this.actor = actor;
  }
}

export class TaskNotFound extends Error {
  override name = 'TaskNotFound';
  readonly task_id: string;
  constructor(task_id: string) {
    super(`There is no task ${task_id}.`);
    this.task_id = task_id;
  }
}

export class ScheduleNotFound extends Error {
  override name = 'ScheduleNotFound';
  constructor(schedule_id: string) {
    super(`There is no schedule ${schedule_id}.`);
  }
}

/** The task is in a status that the request cannot change. */
export class TaskConflict extends Error {
  override name = 'TaskConflict';
}

/** The claim that a write named is no longer in force; the write did not happen. */
export class LostClaim extends Error {
  override name = 'LostClaim';
  constructor(task_id: string) {
    super(`The claim on ${task_id} was lost: its lease ended or it was taken back.`);
  }
}

/** Somebody asked to cancel the task: it may spawn no more. */
export class TaskCancelled extends Error {
  override name = 'TaskCancelled';
  constructor(task_id: string) {
    super(`The task ${task_id} is cancelled: it may spawn no more tasks.`);
  }
}

/** A value cannot be stored exactly, or a field is out of its bounds. `pointer` is a JSON Pointer to it. */
export class InvalidInput extends Error {
  override name = 'InvalidInput';
  readonly problems: readonly { pointer: string; detail: string }[];
  constructor(problems: readonly { pointer: string; detail: string }[]) {
    super(problems.map(({ pointer, detail }) => `${pointer || '(root)'}: ${detail}`).join('; '));
    this.problems = problems;
  }
}

/** Whether an error, or one of a bulk's write errors, is mongod's duplicate-key error of the index of this name. */
export function duplicateKey(error: unknown, index: string): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error) || error.code !== 11000) return false;
  const text = 'errmsg' in error ? error.errmsg : error instanceof Error ? error.message : '';
  // "E11000 duplicate key error collection: db.task_queue index: slot dup key: {…": ours end where user data begins.
  return /index: (\S+) dup key/.exec(String(text))?.[1] === index;
}
