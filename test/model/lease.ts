/*
 * A model of one task, its claims and its leases: two workers that may stand still, answers that get lost, a recoverer,
 * late results. It follows queue/claim/write.ts, heartbeat.ts, recover.ts and settle.ts. `pass` is the time of one
 * heartbeat: whoever does not stand still renews what it renews, and everything else grows older.
 */
import type { Model, Step } from './explore.ts';

/** One execution in a worker's memory. */
interface Run {
  worker: number;
  claim: number;
  /** Its result was sent, and no answer came: sent again, then read back. */
  unanswered: boolean;
}

interface Leased {
  status: 'queued' | 'processing' | 'completed' | 'failed';
  /** The claim in the document, and whose it is; 0 for none. Attempts are numbered like claims. */
  claim: number;
  worker: number;
  attempts: number;
  /** Heartbeats missed; at 2 the lease is over. */
  missed: number;
  runs: Run[];
  /** Workers that stand still. */
  still: number[];
  /** The claim that the recoverer saw with a lease that is over, until it writes. */
  seen: number | null;
  pauses: number;
  lostAnswers: number;
  wrong: string | null;
}

export type LeaseMutant =
  | 'heartbeat by worker only'
  | 'fence without claim'
  | 'recovery without comparing'
  | 'recovery leaves the claim';

const maxAttempts = 3;
const leaseOver = 2;

const initial: Leased = {
  status: 'queued',
  claim: 0,
  worker: 0,
  attempts: 0,
  missed: 0,
  runs: [],
  still: [],
  seen: null,
  pauses: 2,
  lostAnswers: 2,
  wrong: null,
};

/** The promises: one completion, by the claim in force, of which its worker knows; and the task can always end. */
export function leaseModel(mutant?: LeaseMutant): Model<Leased> {
  return {
    initial,
    *actions(task) {
      for (const worker of [1, 2]) yield* work(task, worker, mutant);
      yield ['time passes', pass(task, mutant)];
      yield* recover(task, mutant);
    },
    invariant: ({ wrong }) => wrong,
    goal: ({ status, runs }) => (status === 'completed' || status === 'failed') && runs.length === 0,
  };
}

function* work(task: Leased, worker: number, mutant?: LeaseMutant): Generator<Step<Leased>> {
  const { still, pauses } = task;
  if (still.includes(worker)) {
    yield [`worker ${worker} goes on`, { ...task, still: still.filter(other => other !== worker) }];
    return;
  }
  if (pauses > 0)
    yield [`worker ${worker} stands still`, { ...task, still: [...still, worker], pauses: pauses - 1 }];
  if (task.status === 'queued') yield* claim(task, worker);
  for (const run of task.runs) if (run.worker === worker) yield* complete(task, run, mutant);
}

function* claim(task: Leased, worker: number): Generator<Step<Leased>> {
  const claim = task.attempts + 1;
  const claimed: Leased = { ...task, status: 'processing', claim, worker, attempts: claim, missed: 0 };
  const run = { worker, claim, unanswered: false };
  yield [`worker ${worker} makes claim ${claim}`, { ...claimed, runs: [...task.runs, run] }];
  if (task.lostAnswers > 0)
    yield [
      `worker ${worker} makes claim ${claim} and never learns of it`,
      { ...claimed, lostAnswers: task.lostAnswers - 1 },
    ];
}

function* complete(task: Leased, run: Run, mutant?: LeaseMutant): Generator<Step<Leased>> {
  const { worker, claim } = run;
  const others = task.runs.filter(other => other !== run);
  const fenced = mutant === 'fence without claim' ? task.worker === worker : task.claim === claim;
  if (task.status !== 'processing' || !fenced) {
    const settled = task.claim === claim && task.status !== 'processing';
    const wrong =
      settled && task.status !== 'completed' ? `claim ${claim} believes that its result is in` : null;
    yield [
      `the result of claim ${claim} is ${settled ? 'in already' : 'dropped'}`,
      { ...task, runs: others, wrong },
    ];
    return;
  }
  const wrong =
    task.claim === claim ? null : `the result of claim ${claim} became that of claim ${task.claim}`;
  const completed: Leased = { ...task, status: 'completed', wrong };
  yield [`worker ${worker} completes claim ${claim}`, { ...completed, runs: others }];
  if (task.lostAnswers > 0)
    yield [
      `worker ${worker} completes claim ${claim} and gets no answer`,
      { ...completed, runs: [...others, { ...run, unanswered: true }], lostAnswers: task.lostAnswers - 1 },
    ];
}

/** One period: workers renew what they know of, and drop what is no longer theirs. */
function pass(task: Leased, mutant?: LeaseMutant): Leased {
  const beating = (worker: number) => worker > 0 && !task.still.includes(worker);
  const known =
    mutant === 'heartbeat by worker only' || task.runs.some(({ worker }) => worker === task.worker);
  const renewed = task.status === 'processing' && beating(task.worker) && known;
  const mine = (run: Run) => task.status === 'processing' && task.claim === run.claim;
  const runs = task.runs.filter(run => !beating(run.worker) || run.unanswered || mine(run));
  return { ...task, runs, missed: renewed ? 0 : Math.min(task.missed + 1, leaseOver) };
}

/** The recoverer looks, and writes only if the claim and the heartbeat are still what it saw. */
function* recover(task: Leased, mutant?: LeaseMutant): Generator<Step<Leased>> {
  const { status, seen, missed } = task;
  if (seen === null) {
    if (status === 'processing' && missed >= leaseOver)
      yield ['the recoverer sees an old heartbeat', { ...task, seen: task.claim }];
    return;
  }
  const unchanged = task.claim === seen && missed >= leaseOver;
  if (status !== 'processing' || (!unchanged && mutant !== 'recovery without comparing')) {
    yield ['the recoverer finds it changed', { ...task, seen: null }];
    return;
  }
  const wrong = missed < leaseOver ? `claim ${task.claim} was taken back within its lease` : null;
  const fenced = mutant === 'recovery leaves the claim' ? {} : { claim: 0 };
  const after = task.attempts < maxAttempts ? 'queued' : 'failed';
  yield ['the recoverer takes it back', { ...task, ...fenced, status: after, worker: 0, seen: null, wrong }];
}
