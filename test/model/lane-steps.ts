/*
 * What can happen next in the lane model: enqueuers, claimers, completions, a limit that changes and the janitor, each
 * one database step at a time, so that what a claimer read may be old when it writes. It follows queue/claim/claim.ts,
 * claim/slots.ts, lanes/close.ts, lanes/poke.ts and lanes/janitor.ts; the removal of lanes is in lane-removal.ts.
 */
import { freeSlots } from '../../queue/claim/slots.ts';
import type { Step } from './explore.ts';
import {
  type Actors,
  absent,
  actorOf,
  done,
  everybody,
  hasRoom,
  idle,
  type Lane,
  type LaneOptions,
  type Mutant,
  queued,
  type Round,
  taken,
  whoWaits,
} from './lane-state.ts';

/** What happens around the claimers. */
export function* outside(lane: Lane, options: LaneOptions): Generator<Step<Lane>> {
  const { tasks, pokes, frees } = lane;
  const poked = (task: number) => {
    const actor = actorOf(task, options);
    return pokes.with(actor, pokes[actor]! + 1);
  };
  const set = (task: number, to: number) => tasks.with(task, to);
  const next = tasks.indexOf(absent);
  if (next >= 0) {
    const inserted = { ...lane, tasks: set(next, queued) };
    yield [`task ${next} is inserted`, { ...inserted, pokes: poked(next) }];
    if (lane.crashes > 0)
      yield [`task ${next} is inserted, then its enqueuer dies`, { ...inserted, crashes: lane.crashes - 1 }];
  }
  for (const actor of pokes.keys()) yield* pokeFor(lane, actor, options);
  if (frees > 0) yield ['the lane is reopened', { ...reopen(lane), frees: frees - 1 }];
  for (const [task, slot] of tasks.entries()) {
    if (slot < 0) continue;
    yield [`task ${task} completes`, { ...lane, tasks: set(task, done), frees: frees + 1 }];
    if (lane.releases > 0)
      yield [
        `task ${task} is released`,
        { ...lane, tasks: set(task, queued), pokes: poked(task), releases: lane.releases - 1 },
      ];
  }
  const [limit, ...limitsToCome] = lane.limitsToCome;
  if (limit === undefined || (options.calmChanges && lane.claimers.some(({ at }) => at !== 'idle'))) return;
  const told = lane.claimers.map(claimer => seesLimit(claimer, limit));
  yield [`the limit becomes ${limit}`, { ...lane, limit, limitsToCome, frees: frees + 1, claimers: told }];
}

/** A poke that finds no lane looks again, makes it anew if there is none and its task is still there, and pokes once more. */
function* pokeFor(lane: Lane, actor: number, options: LaneOptions): Generator<Step<Lane>> {
  const { pokes, misses, repokes, exists } = lane;
  const [due, missed, again] = [pokes[actor]!, misses[actor]!, repokes[actor]!];
  const poked = poke(lane, 1 << actor);
  if (due > 0) {
    const said = { ...poked, pokes: pokes.with(actor, due - 1) };
    const missing = exists || options.mutant === 'pokes what is gone and leaves it gone' ? 0 : 1;
    yield [`the lane is poked by ${actor}`, { ...said, misses: misses.with(actor, missed + missing) }];
  }
  if (missed > 0) {
    const seen = { ...lane, misses: misses.with(actor, missed - 1) };
    const there = exists || whoWaits(lane, options, 1 << actor) > 0;
    const pokesAgain = exists ? options.mutant !== 'leaves it to whoever made the lane anew' : there;
    const next = { ...seen, repokes: repokes.with(actor, again + (pokesAgain ? 1 : 0)) };
    yield [`the lane is looked for by ${actor}`, there && !exists ? makeAnew(next) : next];
  }
  if (again > 0)
    yield [`the lane is poked again by ${actor}`, { ...poked, repokes: repokes.with(actor, again - 1) }];
}

const makeAnew = (lane: Lane): Lane => ({ ...lane, exists: true, marked: false });

function poke(lane: Lane, actors: Actors): Lane {
  return lane.exists ? { ...lane, open: true, waiting: lane.waiting | actors, marked: false } : lane;
}

const reopen = (lane: Lane): Lane => (lane.waiting === 0 ? lane : { ...lane, open: true });

function seesLimit(claimer: Round, limit: number): Round {
  return claimer.at === 'idle' ? claimer : { ...claimer, highest: Math.max(claimer.highest, limit) };
}

type RoundStep = readonly [name: string, next: Lane, round: Round];

/** The next step of a claimer that serves these actors. */
export function* claim(lane: Lane, round: Round, options: LaneOptions, serves: Actors): Generator<RoundStep> {
  switch (round.at) {
    case 'idle':
      if (lane.open && lane.waiting & serves) yield ['reads an open lane', lane, begin(lane, serves)];
      break;
    case 'slots':
      yield readSlots(lane, round, options.mutant);
      break;
    case 'candidates':
      yield* pick(lane, round, options);
      break;
    case 'write':
      yield writePick(lane, round, options.strict ? round.limit : round.highest);
      break;
    case 'full':
      yield [
        'closes the lane',
        { ...lane, open: false },
        unless(options, 'no second look for slots', 'limit'),
      ];
      break;
    case 'empty':
      yield* takeAway(lane, round, options, serves);
      break;
    default:
      yield* lookAgain(lane, round, options);
  }
}

const begin = ({ limit, waiting }: Lane, serves: Actors): Round => ({
  ...idle,
  at: 'slots',
  actors: waiting & serves,
  limit,
  highest: limit,
});

function unless({ mutant }: LaneOptions, broken: Mutant, at: Round['at'], actors: Actors = 0): Round {
  return mutant === broken ? idle : { ...idle, at, actors };
}

function* takeAway(
  lane: Lane,
  { actors }: Round,
  options: LaneOptions,
  serves: Actors,
): Generator<RoundStep> {
  const broken: Partial<Record<Mutant, Actors>> = {
    'says of everybody that nobody waits': everybody(options),
    'says of its actors what it did not look for': serves,
  };
  const waiting = lane.waiting & ~(broken[options.mutant ?? 'no second look for tasks'] ?? actors);
  const next = { ...lane, waiting, open: lane.open && waiting !== 0 };
  yield [
    `says that ${actors} do not wait`,
    next,
    unless(options, 'no second look for tasks', 'tasks', actors),
  ];
}

function readSlots(lane: Lane, round: Round, mutant: Mutant | undefined): RoundStep {
  const { limit } = round;
  const draining = taken(lane).some(slot => slot >= limit);
  const counted =
    mutant === 'no count while draining' ? taken(lane).filter(slot => slot < limit) : taken(lane);
  const room = freeSlots(limit, counted);
  const any = mutant === 'random slot while draining' && room.length > 0;
  const free = (any ? unheld(lane, limit) : room).toSorted((a, b) => a - b);
  const at = free.length > 0 ? 'candidates' : 'full';
  return [
    `finds slots ${free.join()} free`,
    lane,
    { ...round, at, free, ordered: draining && mutant === undefined },
  ];
}

function unheld({ tasks }: Lane, limit: number): number[] {
  return Array.from({ length: limit }, (_, slot) => slot).filter(slot => !tasks.includes(slot));
}

function* pick(lane: Lane, round: Round, options: LaneOptions): Generator<RoundStep> {
  const { free, actors } = round;
  const ids = [...lane.tasks.keys()].filter(
    task => lane.tasks[task] === queued && actors & (1 << actorOf(task, options)),
  );
  const found = ids.slice(0, Math.min(options.want ?? 1, free.length));
  if (found.length === 0) yield ['finds nothing queued', lane, { ...idle, at: 'empty', actors }];
  else
    for (const picks of pickings(found, round.free, round.ordered))
      yield [`picks ${picks.join(' ')}`, lane, { ...round, at: 'write', picks, free: [] }];
}

/** Every choice of slots for these tasks that a claimer could make. */
function* pickings(tasks: number[], free: number[], ordered: boolean): Generator<Round['picks']> {
  const [task, ...others] = tasks;
  if (task === undefined) return yield [];
  for (const [index, slot] of (ordered ? free.slice(0, 1) : free).entries())
    for (const picks of pickings(others, free.slice(index + 1), ordered)) yield [[task, slot], ...picks];
}

/** One document of a claim: it wins if the task is still queued, and the unique index knows no other holder. */
function writePick(lane: Lane, round: Round, allowed: number): RoundStep {
  const [[task, slot] = [0, 0], ...picks] = round.picks;
  const after: Round = picks.length > 0 ? { ...round, picks } : idle;
  if (lane.tasks[task] !== queued || lane.tasks.includes(slot)) return [`loses task ${task}`, lane, after];
  const tasks = lane.tasks.with(task, slot);
  const running = tasks.filter(held => held >= 0).length;
  const broken = running > allowed ? `${running} run after a claim under ${round.limit}` : lane.broken;
  const claimers = lane.claimers.map(claimer => seesLimit(claimer, round.limit));
  return [`claims task ${task} in slot ${slot}`, { ...lane, tasks, broken, claimers }, after];
}

/** The second looks: after the lane was closed at its limit and room; after actors were taken away at their tasks. */
function* lookAgain(lane: Lane, round: Round, options: LaneOptions): Generator<RoundStep> {
  const { at, actors, limit } = round;
  if (at === 'limit') {
    const next: Round = { ...idle, at: 'room', actors, limit: lane.limit };
    yield ['reads the limit', lane, lane.exists ? next : idle];
  }
  if (at === 'room') {
    const next = { ...idle, at: actors ? 'poke' : 'reopen', actors } as const;
    yield ['looks for room', lane, hasRoom(lane, limit) ? next : idle];
  }
  if (at === 'reopen') yield ['reopens the lane', reopen(lane), idle];
  if (at === 'tasks') {
    const found = whoWaits(lane, options, actors) > 0;
    const careful = options.mutant === 'takes back by room' && !hasRoom(lane, lane.limit);
    yield ['looks again for tasks', lane, found && !careful ? { ...idle, at: 'poke', actors } : idle];
  }
  if (at === 'poke' || at === 'poke again') {
    const open = options.mutant === 'takes back without opening' ? lane.open : lane.exists;
    const missed = at === 'poke' && !lane.exists;
    yield [
      `says that ${actors} wait`,
      { ...poke(lane, actors), open },
      missed ? { ...idle, at: 'missed', actors } : idle,
    ];
  }
  if (at === 'missed') {
    const there = lane.exists || whoWaits(lane, options, actors) > 0;
    const next = there && !lane.exists ? makeAnew(lane) : lane;
    yield ['looks for the lane', next, there ? { ...idle, at: 'poke again', actors } : idle];
  }
}

/** The next step of the janitor: it looks at every actor that has something queued behind a cleared flag. */
export function* clean(lane: Lane, round: Round, options: LaneOptions): Generator<RoundStep> {
  if (round.at !== 'idle') return yield* lookAgain(lane, round, options);
  const waits = whoWaits(lane, options, everybody(options));
  const denied = waits & ~lane.waiting;
  if (denied) yield ['finds actors that wait unsaid', lane, { ...idle, at: 'poke', actors: denied }];
  else if (waits && !lane.open)
    yield ['finds the lane closed', lane, { ...idle, at: 'limit', actors: waits }];
}
