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

/** A value cannot be stored exactly, or a field is out of its bounds. `pointer` is a JSON Pointer to it. */
export class InvalidInput extends Error {
  override name = 'InvalidInput';
  readonly problems: readonly { pointer: string; detail: string }[];
  constructor(problems: readonly { pointer: string; detail: string }[]) {
    super(problems.map(({ pointer, detail }) => `${pointer || '(root)'}: ${detail}`).join('; '));
    this.problems = problems;
  }
}

/** mongod's duplicate-key error, and which index refused. */
export function duplicateKey(error: unknown, field: string): boolean {
  if (typeof error !== 'object' || error === null || !('code' in error) || error.code !== 11000) return false;
  const pattern = 'keyPattern' in error ? error.keyPattern : undefined;
  if (typeof pattern === 'object' && pattern !== null) return field in pattern;
  return error instanceof Error && error.message.includes(`${field}:`);
}
