/*
 * What can happen next in the lane model: enqueuers, claimers, completions, a limit that changes and the janitor, each
 * one database step at a time, so that what a claimer read may be old when it writes. It follows queue/claim/claim.ts,
 * claim/slots.ts, lanes/close.ts, lanes/poke.ts and lanes/janitor.ts.
 */
import { freeSlots } from '../../queue/claim/slots.ts';
import type { Step } from './explore.ts';
import {
  absent,
  done,
  hasQueued,
  hasRoom,
  idle,
  type Lane,
  type LaneOptions,
  type Mutant,
  queued,
  type Round,
  taken,
} from './lane-state.ts';

/** What happens around the claimers. */
export function* outside(lane: Lane, { calmChanges }: LaneOptions): Generator<Step<Lane>> {
  const { tasks, pokes } = lane;
  const set = (task: number, to: number) => tasks.with(task, to);
  const next = tasks.indexOf(absent);
  if (next >= 0) {
    const inserted = { ...lane, tasks: set(next, queued) };
    yield [`task ${next} is inserted`, { ...inserted, pokes: pokes + 1 }];
    if (lane.crashes > 0)
      yield [`task ${next} is inserted, then its enqueuer dies`, { ...inserted, crashes: lane.crashes - 1 }];
  }
  if (pokes > 0) yield ['the lane is poked', { ...lane, open: true, pokes: pokes - 1 }];
  for (const [task, slot] of tasks.entries()) {
    if (slot < 0) continue;
    yield [`task ${task} completes`, { ...lane, tasks: set(task, done), pokes: pokes + 1 }];
    if (lane.releases > 0)
      yield [
        `task ${task} is released`,
        { ...lane, tasks: set(task, queued), pokes: pokes + 1, releases: lane.releases - 1 },
      ];
  }
  const [limit, ...limitsToCome] = lane.limitsToCome;
  if (limit === undefined || (calmChanges && lane.claimers.some(({ at }) => at !== 'idle'))) return;
  const told = lane.claimers.map(claimer => seesLimit(claimer, limit));
  yield [`the limit becomes ${limit}`, { ...lane, limit, limitsToCome, pokes: pokes + 1, claimers: told }];
}

function seesLimit(claimer: Round, limit: number): Round {
  return claimer.at === 'idle' ? claimer : { ...claimer, highest: Math.max(claimer.highest, limit) };
}

type RoundStep = readonly [name: string, next: Lane, round: Round];

/** The next step of a claimer. */
export function* claim(lane: Lane, round: Round, options: LaneOptions): Generator<RoundStep> {
  switch (round.at) {
    case 'idle':
      if (lane.open) yield ['reads an open lane', lane, begin(lane)];
      break;
    case 'slots':
      yield readSlots(lane, round, options.mutant);
      break;
    case 'candidates':
      yield* pick(lane, round, options.want ?? 1);
      break;
    case 'write':
      yield writePick(lane, round, options.strict ? round.limit : round.highest);
      break;
    case 'close':
      yield [
        'closes the lane',
        { ...lane, open: false },
        options.mutant === 'no re-check' ? idle : { ...idle, at: 'heads' },
      ];
      break;
    default:
      yield recheck(lane, round);
  }
}

const begin = ({ limit }: Lane): Round => ({ ...idle, at: 'slots', limit, highest: limit });

function readSlots(lane: Lane, round: Round, mutant: Mutant | undefined): RoundStep {
  const { limit } = round;
  const draining = taken(lane).some(slot => slot >= limit);
  const counted =
    mutant === 'no count while draining' ? taken(lane).filter(slot => slot < limit) : taken(lane);
  const room = freeSlots(limit, counted);
  const any = mutant === 'random slot while draining' && room.length > 0;
  const free = (any ? unheld(lane, limit) : room).toSorted((a, b) => a - b);
  const at = free.length > 0 ? 'candidates' : 'close';
  return [
    `finds slots ${free.join()} free`,
    lane,
    { ...round, at, free, ordered: draining && mutant === undefined },
  ];
}

function unheld({ tasks }: Lane, limit: number): number[] {
  return Array.from({ length: limit }, (_, slot) => slot).filter(slot => !tasks.includes(slot));
}

function* pick(lane: Lane, round: Round, want: number): Generator<RoundStep> {
  const ids = [...lane.tasks.keys()].filter(task => lane.tasks[task] === queued);
  const found = ids.slice(0, Math.min(want, round.free.length));
  if (found.length === 0) yield ['finds nothing queued', lane, { ...idle, at: 'close' }];
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

/** The second look after a close, which the janitor takes too: heads, limit, occupancy; then perhaps the flag. */
function recheck(lane: Lane, round: Round): RoundStep {
  switch (round.at) {
    case 'heads':
      return ['looks again for queued tasks', lane, hasQueued(lane) ? { ...idle, at: 'limit' } : idle];
    case 'limit':
      return ['reads the limit', lane, { ...idle, at: 'room', limit: lane.limit }];
    case 'room':
      return ['looks for room', lane, hasRoom(lane, round.limit) ? { ...idle, at: 'reopen' } : idle];
    default:
      return ['reopens the lane', { ...lane, open: true }, idle];
  }
}

/** The next step of the janitor: it looks again at closed lanes with queued tasks. */
export function* clean(lane: Lane, round: Round): Generator<RoundStep> {
  if (round.at !== 'idle') yield recheck(lane, round);
  else if (hasQueued(lane) && !lane.open) yield ['finds the lane closed', lane, { ...idle, at: 'heads' }];
}
