// One run: the world of a seed, from its first event until every task has ended, or should have.
import { pino } from 'pino';
import { MediaProviderRegistry } from '../../providers/index.ts';
import { ActorRegistry } from '../../worker/actors/registry.ts';
import { type Daemon, type DaemonSettings, startDaemon } from '../../worker/daemon.ts';
import { newWorkerEvents } from '../../worker/events.ts';
import type { Store } from '../../worker/store.ts';
import { newActor, type Stage } from './actor.ts';
import { Audit } from './audit.ts';
import { Network } from './network.ts';
import { drawPlan, lease_ms, type Plan, type PlannedTask, type Trouble } from './plan.ts';
import { MemoryStore, type StoreFlaw } from './store.ts';
import { storeOver } from './transport.ts';
import { Host, randomOf, World } from './world.ts';

/** Mistakes to plant. */
export interface Mutation {
  flaws?: readonly StoreFlaw[];
  /** What the worker is made to believe of its lease. */
  believed_lease_ms?: number;
  /** Changes what workers ask of their store. */
  tamper?: (store: Store) => Store;
  /** Keeps a trace. */
  tracing?: boolean;
}

export interface RunOutcome extends Pick<Audit, 'violations' | 'trace' | 'seen'> {
  /** How long it was, in its own time. */
  ms: number;
}

/** Lets the world of a seed run; the same seed and mutation give the same outcome. */
export async function simulate(seed: number, mutation: Mutation = {}): Promise<RunOutcome> {
  const { stackTraceLimit } = Error;
  // Nobody reads the stacks of what is thrown here by the thousand.
  Error.stackTraceLimit = 0;
  try {
    return await run(seed, mutation);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

async function run(seed: number, mutation: Mutation): Promise<RunOutcome> {
  const random = randomOf(seed);
  const plan = drawPlan(random);
  const world = new World();
  const store = new MemoryStore(() => world.now, mutation.flaws);
  const audit = new Audit(world, store, mutation.tracing ?? false);
  const network = new Network(world, random, plan.weather, plan.calmFrom);
  const stage = { world, store, audit, plans: new Map<string, PlannedTask>(), calmFrom: plan.calmFrom };
  const crew = new Crew(stage, network, random, mutation);
  setLimits(stage, { one: 1, two: 2 });
  schedule(stage, plan, crew, network);
  const ended = () => stage.plans.size === plan.tasks.length && ![...store.tasks.values()].some(isLive);
  const wrong = () => audit.violations.length > 0;
  await world.run(() => wrong() || ended(), plan.calmFrom + patienceMs);
  audit.conclude();
  if (!wrong()) await leave(stage, crew);
  const { violations, trace, seen } = audit;
  return { violations, trace, seen, ms: world.now };
}

const drain_ms = 500;

/** Far longer than leases, backoffs and time limits together. */
const patienceMs = 60_000;

/** In the end everybody goes home. */
async function leave({ world, audit }: Stage, crew: Crew): Promise<void> {
  crew.leave();
  if (!(await world.run(() => crew.isGone(), world.now + patienceMs)))
    audit.complain('a worker does not stop');
}

const isLive = ({ status }: { status: string }) => ['scheduled', 'queued', 'processing'].includes(status);

function setLimits({ store, audit }: Stage, limits: Record<string, number>): void {
  for (const [lane, limit] of Object.entries(limits)) {
    store.setLimit(lane, limit);
    audit.allow(lane, limit);
  }
}

function schedule(stage: Stage, plan: Plan, crew: Crew, network: Network): void {
  const { world } = stage;
  for (const { at, capacity } of plan.workers) world.at(at, () => crew.hire(capacity));
  for (const task of plan.tasks) world.at(task.at, () => enqueue(stage, task));
  for (const trouble of plan.troubles) world.at(trouble.at, () => make(stage, trouble, crew, network));
  // What was under way may arrive, and the leases of the dead may end; then the dead hold nothing any more.
  const overMs = plan.weather.lateMs + 2 * lease_ms + 5_000;
  world.at(plan.calmFrom + overMs, () => stage.audit.checkHeartbeats(lease_ms + 5_000));
  // Whoever is left does the rest; somebody must be.
  world.at(plan.calmFrom, () => crew.alive() || crew.hire(4));
}

function enqueue({ world, store, plans, audit }: Stage, task: PlannedTask): void {
  const { lane, delay_ms, max_retries, timeouts, cancelAt } = task;
  const { _id } = store.enqueue({ actor: 'work', lane, delay_ms, max_retries, timeouts });
  plans.set(_id, task);
  audit.note(() => `${_id.slice(-5)} enqueued in ${lane}`);
  if (cancelAt !== null) world.at(cancelAt, () => store.cancel(_id));
}

function make(stage: Stage, { kind, who, ms }: Trouble, crew: Crew, network: Network): void {
  stage.audit.note(() => `${kind} ${who} ${ms}`);
  const member = crew.choose(who);
  if (kind === 'outage') network.cut(null, ms);
  else if (kind === 'limit') setLimits(stage, { one: 1 + (who % 2), two: 1 + (who % 3) });
  else if (!member) return;
  else if (kind === 'freeze') member.host.freeze(ms);
  else if (kind === 'cut') network.cut(member.host, ms);
  else if (kind === 'kill') member.host.kill();
  else crew.stop(member, who % 2 === 0);
}

interface Member {
  host: Host;
  worker_id: string;
  stopped?: true;
  gone?: true;
  /** Once it has started. */
  daemon?: Daemon | undefined;
}

/** The workers of a run. */
class Crew {
  readonly #stage: Stage;
  readonly #network: Network;
  readonly #random: () => number;
  readonly #mutation: Mutation;
  readonly #members: Member[] = [];
  #leaving = false;

  constructor(stage: Stage, network: Network, random: () => number, mutation: Mutation) {
    this.#stage = stage;
    this.#network = network;
    this.#random = random;
    this.#mutation = mutation;
  }

  /** Whether somebody is there who will stay. */
  alive(): boolean {
    return this.#members.some(({ host, stopped }) => !host.dead && !stopped);
  }

  choose(who: number): Member | undefined {
    const alive = this.#members.filter(({ host }) => !host.dead);
    return alive[who % alive.length];
  }

  stop(member: Member, release: boolean): void {
    member.stopped = true;
    // A signal before it has started ends the process.
    if (!member.daemon) member.host.kill();
    const { world, audit } = this.#stage;
    const askedAt = world.now;
    void member.daemon?.stop({ release }).then(() => {
      member.gone = true;
      const { host, worker_id } = member;
      if (!host.wronged && host.freezes === 0)
        audit.checkStopped(worker_id, world.now - askedAt, drain_ms + 2_000);
    });
  }

  leave(): void {
    this.#leaving = true;
    for (const member of this.#members) this.stop(member, false);
  }

  /** Whether all have stopped, or died meanwhile. */
  isGone(): boolean {
    return this.#members.every(({ host, gone }) => gone ?? host.dead);
  }

  hire(capacity: number): void {
    if (this.#leaving) return;
    const host = new Host(this.#stage.world, randomOf(Math.floor(this.#random() * 2 ** 32)), capacity);
    const member: Member = { host, worker_id: `w${this.#members.length + 1}` };
    this.#members.push(member);
    void this.#start(member);
  }

  async #start(member: Member): Promise<void> {
    const { worker_id } = member;
    const { audit } = this.#stage;
    const events = newWorkerEvents().on('attempt:ended', ended => {
      const { task_id, attempt, outcome } = ended;
      audit.note(() => `${worker_id}: ${task_id.slice(-5)} attempt ${attempt} ${outcome}`);
      audit.hear(ended);
    });
    const settings = this.#settings(member);
    // A start without a database fails; whoever started it tries again.
    while (!member.daemon)
      member.daemon = await startDaemon(settings, events).catch(() => later(member.host));
  }

  #settings({ host, worker_id }: Member): DaemonSettings {
    const { store } = this.#stage;
    const { believed_lease_ms = lease_ms, tamper = (same: Store) => same } = this.#mutation;
    return {
      ...untouched,
      store: tamper(storeOver(store, this.#network.connect(store, host))),
      time: host,
      worker_id,
      capacity: host.capacity,
      actors: new ActorRegistry([newActor(this.#stage, host)]),
      heartbeat_ms: lease_ms / 3,
      lease_ms: believed_lease_ms,
      poll_ms: 2_000,
      drain_ms,
    };
  }
}

/** What simulated actors make no use of. */
const untouched = {
  log: pino({ level: 'silent' }),
  providers: new MediaProviderRegistry(),
  content: Object.create(null),
  database: Object.create(null),
  public_url: '',
  failOrphans: () => Promise.resolve(0),
  sweepContents: () => Promise.resolve(0),
};

function later(host: Host): Promise<undefined> {
  return new Promise(resolve => host.after(500, () => resolve(undefined)));
}
