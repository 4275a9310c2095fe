// What shall happen in a run, drawn from its seed: workers, tasks, and the trouble they get into.
import type { Weather } from './network.ts';
import type { Random } from './world.ts';

/**
 * What an attempt does for `ms`, and how it then ends. `deaf` never ends and ignores its signal; `stubborn` only ignores it;
 * `outlasts` works until every other task has ended.
 */
export interface Deed {
  kind: 'works' | 'outlasts' | 'throws' | 'gives up' | 'rests' | 'deaf' | 'stubborn';
  ms: number;
  saves: boolean;
  tells: boolean;
}

export interface PlannedTask {
  at: number;
  lane: 'one' | 'two' | 'free';
  delay_ms: number;
  max_retries: number;
  timeouts: { soft_ms: number; hard_ms: number };
  /** One per attempt; later ones work. */
  deeds: Deed[];
  cancelAt: number | null;
}

export interface Trouble {
  at: number;
  kind: 'kill' | 'freeze' | 'cut' | 'outage' | 'stop' | 'limit';
  /** Which of the workers that are there then. */
  who: number;
  ms: number;
}

export interface Plan {
  workers: { capacity: number; at: number }[];
  tasks: PlannedTask[];
  troubles: Trouble[];
  weather: Weather;
  /** From here on nothing bad happens any more. */
  calmFrom: number;
}

export const lease_ms = 3_000;

export function drawPlan(random: Random): Plan {
  const whole = (most: number) => Math.floor(random() * (most + 1));
  const many = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);
  const calmFrom = 2_000 + whole(5_000);
  return {
    calmFrom,
    workers: many(2 + whole(1), () => ({ capacity: 2 + whole(2), at: whole(300) })),
    tasks: [
      ...many(3 + whole(4), () => drawTask(random, whole, calmFrom)),
      ...(random() < 0.5 ? [ballast] : []),
    ],
    troubles: many(1 + whole(3), () => drawTrouble(random, whole, calmFrom)),
    weather: drawWeather(random),
  };
}

/** Keeps its worker busy to the end: a worker that holds nothing sends no heartbeats. */
const ballast: PlannedTask = {
  at: 0,
  lane: 'free',
  delay_ms: 0,
  max_retries: 50,
  timeouts: { soft_ms: 300_000, hard_ms: 300_000 },
  deeds: Array.from({ length: 50 }, () => ({ kind: 'outlasts', ms: 500, saves: false, tells: false })),
  cancelAt: null,
};

function drawTask(random: Random, whole: (most: number) => number, calmFrom: number): PlannedTask {
  return {
    at: whole(calmFrom / 2),
    lane: one(random, ['one', 'one', 'two', 'free']),
    delay_ms: random() < 0.2 ? whole(1_000) : 0,
    max_retries: whole(6),
    // Often longer than a lease, seldom longer than a deed.
    timeouts: random() < 0.3 ? { soft_ms: 1_000, hard_ms: 1_500 } : { soft_ms: 6_000, hard_ms: 8_000 },
    deeds: Array.from({ length: 1 + whole(2) }, () => drawDeed(random, whole)),
    cancelAt: random() < 0.2 ? whole(calmFrom) : null,
  };
}

const kinds: readonly Deed['kind'][] = [
  'works',
  'works',
  'works',
  'works',
  'throws',
  'throws',
  'gives up',
  'rests',
  'deaf',
  'stubborn',
];

function drawDeed(random: Random, whole: (most: number) => number): Deed {
  return {
    kind: one(random, kinds),
    ms: random() < 0.5 ? whole(200) : whole(3 * lease_ms),
    saves: random() < 0.2,
    tells: random() < 0.3,
  };
}

function drawTrouble(random: Random, whole: (most: number) => number, calmFrom: number): Trouble {
  return {
    at: whole(calmFrom),
    kind: one(random, ['kill', 'freeze', 'freeze', 'cut', 'cut', 'outage', 'stop', 'limit']),
    who: whole(10),
    ms: random() < 0.3 ? whole(lease_ms) : lease_ms + whole(1.5 * lease_ms),
  };
}

function drawWeather(random: Random): Weather {
  const share = (most: number) => (random() < 0.5 ? random() * most : 0);
  return {
    lostRequests: share(0.08),
    lostAnswers: share(0.08),
    twice: share(0.05),
    late: share(0.1),
    frozen: share(0.3),
    lateMs: 2.5 * lease_ms,
    lostBells: share(0.5),
  };
}

function one<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)]!;
}
