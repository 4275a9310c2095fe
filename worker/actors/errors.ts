// What an actor throws to say whether to try again, and the reasons with which the worker aborts its signal.

/** What an error asks of the worker. Without one, an error is retried while retries are left. */
export type Verdict =
  | { kind: 'permanent' }
  | { kind: 'retry'; delay_ms?: number }
  | { kind: 'cooldown'; until: Date };

// A registered symbol, so that an error made by another copy of this package is understood too.
const verdict = Symbol.for('callsheet.verdict');

/** Trying again cannot help: the task fails at once and becomes a dead letter. */
export class PermanentError extends Error {
  override name = 'PermanentError';
  readonly [verdict]: Verdict = { kind: 'permanent' };
}

const yearMs = 366 * 24 * 3_600_000;

/** Try again after `delay_ms` instead of the backoff of the actor's policy; counts as a retry. */
export class RetryableError extends Error {
  override name = 'RetryableError';
  readonly delay_ms: number | undefined;
  readonly [verdict]: Verdict;
  constructor(message: string, { delay_ms, ...options }: ErrorOptions & { delay_ms?: number } = {}) {
    super(message, options);
    if (delay_ms !== undefined && !(delay_ms >= 0 && delay_ms <= yearMs))
      throw new RangeError('`delay_ms` must be milliseconds from 0 to a year.');
    this.delay_ms = delay_ms;
    this[verdict] = { kind: 'retry', ...(delay_ms !== undefined && { delay_ms }) };
  }
}

/** The outside service asks for a rest until a moment (Date, ISO string or epoch ms). No retry is counted. */
export class CooldownError extends Error {
  override name = 'CooldownError';
  readonly until: Date;
  readonly [verdict]: Verdict;
  constructor(message: string, { until, ...options }: ErrorOptions & { until: Date | string | number }) {
    super(message, options);
    this.until = new Date(until);
    if (Number.isNaN(this.until.getTime()))
      throw new TypeError('`until` must be a Date, an ISO string or epoch ms.');
    this[verdict] = { kind: 'cooldown', until: this.until };
  }
}

/** What a thrown value asks for, or null when it does not say. */
export function verdictOf(thrown: unknown): Verdict | null {
  if (typeof thrown !== 'object' || thrown === null || !(verdict in thrown)) return null;
  return thrown[verdict] as Verdict;
}

/** Lets an error ask for something, as those above do. */
export function giveVerdict(error: Error, asked: Verdict): void {
  Object.defineProperty(error, verdict, { value: asked });
}

/** Abort reason: the soft time limit passed. The actor may still return in time before the hard one. */
export class SoftTimeout extends Error {
  override name = 'SoftTimeout';
  constructor(ms: number) {
    super(`The task ran longer than its soft limit of ${ms} ms.`);
  }
}

/** Abort reason and task error: the hard time limit passed; the task is settled whatever the actor does. */
export class HardTimeout extends Error {
  override name = 'HardTimeout';
  constructor(ms: number) {
    super(`The task ran longer than its hard limit of ${ms} ms.`);
  }
}

/** Abort reason: somebody asked to cancel the task. */
export class Cancelled extends Error {
  override name = 'Cancelled';
  constructor() {
    super('The task was cancelled on request.');
  }
}

/** Abort reason: the worker stops and gives the task back. */
export class Shutdown extends Error {
  override name = 'Shutdown';
  constructor() {
    super('The worker is stopping; the task goes back to the queue.');
  }
}
