// Who divides the candidates with whom.
import { expect, test } from 'vitest';
import { shareOf, type WorkerRecord } from '../../queue/index.ts';

const moment = new Date(0);
const live = (_id: string, actors: string[], more: Partial<WorkerRecord> = {}): WorkerRecord => ({
  _id,
  host: 'here',
  pid: 1,
  version: '0',
  actors,
  capacity: 1,
  running: 0,
  draining: false,
  started_at: moment,
  heartbeat_at: moment,
  ...more,
});
const mine = new Set(['a', 'b']);

test('only those who claim for one of my actors count, and I do in any case', () => {
  const workers = [live('w1', ['a']), live('w2', ['c']), live('w3', ['b', 'c'])];
  expect(shareOf(workers, 'w3', mine)).toEqual({ index: 1, of: 2 });
  expect(shareOf([], 'w3', mine)).toEqual({ index: 0, of: 1 });
});

test('all workers outside that one server serves are one claimer: the server', () => {
  const outside = (n: number, server: string | null) => live(`rw_${n}`, ['a'], { remote: true, server });
  const workers = [live('w1', ['a']), outside(1, 's1'), outside(2, 's1'), outside(3, 's2')];
  expect(shareOf(workers, 's1', mine)).toEqual({ index: 0, of: 3 });
  expect(shareOf(workers, 'w1', mine)).toEqual({ index: 2, of: 3 });
});
