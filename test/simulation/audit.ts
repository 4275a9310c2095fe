// The observer of a simulated run: sees every change that took effect and every actor that works, and knows what may
// never be.
import { isTerminal, type Task } from '../../queue/index.ts';
import type { MemoryStore, Write } from './store.ts';
import type { Host, World } from './world.ts';

/** Work at the outside service, as the service sees it. */
interface Call {
  lane: string;
  host: Host;
  freezes: number;
}

export class Audit {
  /** What was wrong, in words; a run that is right has none. */
  readonly violations: string[] = [];
  /** Everything that happened to tasks, in order; kept when it is asked for, since it costs a third of a run. */
  readonly trace: string[] = [];
  /** How often each change took effect or, `not`, was refused. */
  readonly seen = new Map<string, number>();
  readonly #tracing: boolean;
  readonly #world: World;
  readonly #store: MemoryStore;
  readonly #limits = new Map<string, number>();
  readonly #calls = new Set<Call>();

  constructor(world: World, store: MemoryStore, tracing: boolean) {
    this.#tracing = tracing;
    this.#world = world;
    this.#store = store;
    store.onWrite = write => this.#see(write);
    store.onRefusal = name => this.#count(`not ${name}`);
  }

  /** A lane may have this limit from now on; what began under a higher one may go on. */
  allow(lane: string, limit: number): void {
    this.#limits.set(lane, Math.max(limit, this.#limits.get(lane) ?? 0));
  }

  note(what: () => string): void {
    if (this.#tracing) this.trace.push(`${this.#world.now} ${what()}`);
  }

  complain(what: string): void {
    this.violations.push(`at ${this.#world.now} ms: ${what}`);
    this.note(() => `VIOLATION ${what}`);
  }

  #count(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  #see({ name, by, before, task }: Write): void {
    this.#count(name);
    const { _id, status, attempt } = task;
    this.note(
      () => `${_id.slice(-5)} ${before.status} -> ${status} (attempt ${attempt}, ${by ?? 'no claim'})`,
    );
    if (isTerminal(before.status))
      this.complain(`${task._id}, which was ${before.status}, became ${task.status}`);
    if (by !== null && (before.claim !== by || before.status !== 'processing'))
      this.complain(`${task._id} was changed under the claim ${by}, while ${before.claim} was in force`);
    this.#checkSlots(task);
  }

  #checkSlots({ lane }: Task): void {
    const inLane = [...this.#store.tasks.values()].filter(task => task.lane === lane);
    const limited = this.#limits.has(lane);
    const slots = new Set<number>();
    for (const { _id, status, slot, concurrency_limit } of inLane) {
      if (limited && (status === 'processing') !== (slot !== undefined))
        this.complain(`${_id} is ${status} with slot ${slot}`);
      if (slot === undefined) continue;
      if (slot >= concurrency_limit!) this.complain(`${_id} holds slot ${slot} of ${concurrency_limit}`);
      if (slots.has(slot)) this.complain(`two tasks of ${lane} hold slot ${slot}`);
      slots.add(slot);
    }
  }

  /** A call to the outside service is opened; returns what closes it. */
  begin(lane: string, host: Host): () => void {
    const call = { lane, host, freezes: host.freezes };
    this.#calls.add(call);
    // One whose worker was frozen stays open meanwhile, as nothing can prevent: it does not count.
    const open = [...this.#calls].filter(
      one => one.lane === lane && !one.host.dead && one.host.freezes === one.freezes,
    );
    const own = [...this.#calls].filter(one => one.host === host).length;
    if (own > host.capacity) this.complain(`${own} tasks run in a worker for ${host.capacity}`);
    const limit = this.#limits.get(lane) ?? Infinity;
    if (open.length > limit)
      this.complain(`${open.length} calls of ${lane} are open outside, limit ${limit}`);
    return () => this.#calls.delete(call);
  }

  /** A worker says how an attempt ended. */
  hear({ task_id, attempt, outcome }: { task_id: string; attempt: number; outcome: string }): void {
    if (outcome === 'lost') return;
    const record = this.#store.tasks.get(task_id)!.attempts.find(one => one.attempt === attempt);
    if (record?.outcome !== outcome)
      this.complain(
        `a worker says that attempt ${attempt} of ${task_id} is ${outcome}; it is ${record?.outcome}`,
      );
  }

  /** A worker whose requests all went well has stopped: in time, and nothing is left in its hands. */
  checkStopped(worker_id: string, tookMs: number, mostMs: number): void {
    if (tookMs > mostMs) this.complain(`${worker_id} took ${tookMs} ms to stop`);
    for (const task of this.#store.tasks.values())
      if (task.status === 'processing' && task.worker_id === worker_id)
        this.complain(`${worker_id} has stopped and left ${task._id} behind`);
  }

  /** No task may be held by the dead for longer than this, once nothing bad happens any more. */
  checkHeartbeats(withinMs: number): void {
    const since = this.#store.now().getTime() - withinMs;
    for (const { _id, status, heartbeat_at, worker_id } of this.#store.tasks.values())
      if (status === 'processing' && heartbeat_at!.getTime() < since)
        this.complain(`${_id} is still held by ${worker_id}, which is silent`);
  }

  /** The end of the run: every task has ended, and its history is whole. */
  conclude(): void {
    for (const task of this.#store.tasks.values())
      for (const problem of problemsOf(task)) this.complain(`${task._id} ${problem}`);
  }
}

function* problemsOf(task: Task): Generator<string> {
  const { status, attempts, attempt, retry_count, max_retries, result } = task;
  if (!isTerminal(status)) return yield `never ended: it is ${status}`;
  const numbers = attempts.map(one => one.attempt);
  if (numbers.join() !== Array.from({ length: attempt }, (_, n) => n + 1).join())
    yield `was claimed ${attempt} times and remembers ${numbers.join()}`;
  for (const [index, one] of attempts.entries())
    if (one.ended_at < one.started_at || (attempts[index + 1]?.started_at ?? one.ended_at) < one.ended_at)
      yield `has attempts that overlap: ${one.attempt}`;
  const tried = attempts.slice(0, status === 'failed' ? -1 : undefined);
  const failures = tried.filter(one => ['retried', 'timed_out', 'lost'].includes(one.outcome)).length;
  if (retry_count !== failures) yield `counts ${retry_count} retries after ${failures} failures`;
  if (retry_count > max_retries) yield `was retried ${retry_count} times of ${max_retries}`;
  if (status !== 'completed') return;
  if (attempts.filter(one => one.outcome === 'completed').length !== 1)
    yield 'completed more or less than once';
  if (JSON.stringify(result) !== JSON.stringify({ attempt }))
    yield `has the result of another attempt: ${JSON.stringify(result)}`;
}
