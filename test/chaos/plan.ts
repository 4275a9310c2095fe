// What goes wrong and when: a schedule made of a seed. Pure.
import type { Way } from './line.ts';
import type { Topology } from './options.ts';
import type { Random } from './random.ts';

export type Nemesis = { at_ms: number } & (
  | { kind: 'kill worker' | 'stop worker'; worker: number }
  | { kind: 'pause worker'; worker: number; ms: number }
  | { kind: 'hold line'; worker: number; way: Way; ms: number }
  | { kind: 'set limit'; key: string; limit: number }
  | { kind: 'kill mongod' | 'freeze mongod' | 'lose majority'; ms: number }
  | { kind: 'step down' }
);
export type Kind = Nemesis['kind'];
export const kinds = [
  'kill worker',
  'pause worker',
  'stop worker',
  'hold line',
  'set limit',
  'kill mongod',
  'freeze mongod',
  'step down',
  'lose majority',
] as const satisfies readonly Kind[];

/** Keys whose limits are changed while tasks run. */
export const keys = ['a', 'b', 'c'] as const;

export interface PlanOptions {
  seconds: number;
  workers: number;
  lease_ms: number;
  topology: Topology;
  /** Only these; all by default. */
  only?: readonly Kind[] | undefined;
}

const counts: [number, Kind][] = [
  [6, 'kill worker'],
  [7, 'pause worker'],
  [3, 'stop worker'],
  [5, 'set limit'],
  [2, 'kill mongod'],
  [2, 'freeze mongod'],
];
const gapMs = { low: 400, high: 2_600 };
/** From one blow at mongod to the next: in between, work must get done, or nothing is tested but outages. */
const mongodGapMs = 9_000;
const onMongod: readonly Kind[] = ['kill mongod', 'freeze mongod', 'step down', 'lose majority'];
/** The driver goes to each node of a set by itself: no line can be put in between. */
const onSingle: [number, Kind][] = [[6, 'hold line']];
const onReplicas: [number, Kind][] = [
  [2, 'step down'],
  [2, 'lose majority'],
];

/** The blows of one run, in order. Dealt like cards, so that a short run has some of every kind too. */
export function planNemeses(random: Random, options: PlanOptions): Nemesis[] {
  const plan: Nemesis[] = [];
  let deck: Kind[] = [];
  let mongodFrom = 4_000;
  for (let at_ms = 1_500; at_ms < options.seconds * 1_000; at_ms += random.between(gapMs.low, gapMs.high)) {
    if (deck.length === 0) deck = shuffledDeck(random, options);
    const next = deck.findIndex(kind => at_ms >= mongodFrom || !onMongod.includes(kind));
    const [kind] = deck.splice(Math.max(0, next), next < 0 ? 0 : 1);
    if (!kind) continue;
    if (onMongod.includes(kind)) mongodFrom = at_ms + mongodGapMs;
    plan.push(newNemesis(random, kind, at_ms, options));
  }
  return plan;
}

function shuffledDeck(random: Random, { topology, only }: PlanOptions): Kind[] {
  const all = [...counts, ...(topology === 'replica' ? onReplicas : onSingle)];
  const cards = all.flatMap(([count, kind]) => Array.from({ length: count }, () => kind));
  return cards
    .filter(kind => only?.includes(kind) ?? true)
    .map(kind => ({ kind, rank: random.next() }))
    .toSorted((one, other) => one.rank - other.rank)
    .map(({ kind }) => kind);
}

function newNemesis(random: Random, kind: Kind, at_ms: number, { workers, lease_ms }: PlanOptions): Nemesis {
  const worker = random.between(0, workers - 1);
  switch (kind) {
    case 'pause worker':
      return { at_ms, kind, worker, ms: shortOrLong(random, lease_ms) };
    case 'hold line': {
      const way = random.pick<Way>([
        [2, 'requests'],
        [1, 'answers'],
      ]);
      return { at_ms, kind, worker, way, ms: shortOrLong(random, lease_ms) };
    }
    case 'set limit':
      return { at_ms, kind, key: keys[random.between(0, keys.length - 1)]!, limit: random.between(1, 6) };
    case 'kill mongod':
      return { at_ms, kind, ms: random.between(100, lease_ms * 1.5) };
    case 'lose majority':
      return { at_ms, kind, ms: random.between(1_000, lease_ms * 2) };
    case 'freeze mongod':
      return { at_ms, kind, ms: random.between(300, lease_ms * 1.2) };
    case 'step down':
      return { at_ms, kind };
    default:
      return { at_ms, kind, worker };
  }
}

/** Half of the pauses end in time, half of them after the lease. */
function shortOrLong(random: Random, lease_ms: number): number {
  const [low, high] =
    random.next() < 0.5 ? [lease_ms * 0.1, lease_ms * 0.6] : [lease_ms * 1.3, lease_ms * 2.5];
  return random.between(low, high);
}
