// One open stream, read by hand: what waits, in which order, and how it ends.
import { expect, test } from 'vitest';
import { type CursorKind, nothingSeen } from '../../server/hub/cursor.ts';
import type { TaskEvent } from '../../server/hub/event.ts';
import { Outlet } from '../../server/hub/outlet.ts';

const event = (task_id: string, rev: number, terminal = false): TaskEvent => ({
  turn: 0,
  pending: null,
  task_id,
  rev,
  terminal,
  workflow_run_id: null,
  changed_at: 0,
  read_at: 1,
  text: `event: ${terminal ? 'complete' : 'progress'}\ndata: {"rev":${rev}}\n`,
});

function open(kind: CursorKind = 'task') {
  const calls = { destroyed: 0, ended: 0 };
  const options = { kind, slowMs: 20_000 };
  const outlet = new Outlet({
    ...options,
    destroy: () => (calls.destroyed += 1),
    onEnd: () => (calls.ended += 1),
  });
  const reader = outlet.readable.getReader();
  const read = async () => {
    const { done, value } = await reader.read();
    return done ? null : new TextDecoder().decode(value).replace(/^retry: \d+\n\n/, '');
  };
  return { outlet, calls, reader, read };
}
const at = (ms: number) => performance.now() + ms;

test('states of one task that wait are one: the latest', async () => {
  const { outlet, read } = open();
  outlet.begin([event('a', 1)], nothingSeen.task);
  expect(await read()).toBe('id: 1\nevent: progress\ndata: {"rev":1}\n\n');
  for (const rev of [2, 4, 3]) outlet.offer(event('a', rev));
  expect(await read()).toBe('id: 4\nevent: progress\ndata: {"rev":4}\n\n');
});

test('no state is sent twice, none after a newer one', async () => {
  const { outlet, read } = open();
  outlet.begin([event('a', 5)], nothingSeen.task);
  await read();
  const next = read();
  for (const rev of [5, 4, 5]) outlet.offer(event('a', rev));
  outlet.offer(event('a', 6));
  expect(await next).toContain('id: 6');
});

test('a state that is offered again while it waits is not lost', async () => {
  const { outlet, read } = open();
  outlet.begin([event('a', 1)], nothingSeen.task);
  await read();
  outlet.offer(event('a', 2));
  outlet.offer(event('a', 2));
  outlet.offer(event('a', 1));
  expect(await read()).toContain('id: 2');
});

test('what was offered before the first read is sent, unless it was seen', async () => {
  const { outlet, read } = open();
  outlet.offer(event('a', 3));
  outlet.begin([event('a', 2)], { rev: 2 });
  expect(await read()).toContain('id: 3');
  const seen = open();
  seen.outlet.offer(event('a', 3));
  seen.outlet.begin([event('a', 2)], { rev: 3 });
  expect(await seen.read()).toBe('');
  seen.outlet.offer(event('a', 3));
  seen.outlet.offer(event('a', 4));
  expect(await seen.read()).toMatch(/^id: 4\n/);
});

test('the terminal event of one task ends the response; of many it does not', async () => {
  const one = open();
  one.outlet.begin([event('a', 1, true)], nothingSeen.task);
  expect(await one.read()).toContain('event: complete');
  expect(await one.read()).toBeNull();
  expect(one.calls).toEqual({ destroyed: 0, ended: 1 });
  const many = open('tasks');
  many.outlet.begin([event('a', 1, true)], nothingSeen.tasks);
  await many.read();
  many.outlet.offer(event('b', 1));
  expect(await many.read()).toContain('event: progress');
  expect(many.calls.ended).toBe(0);
});

test('a client that takes nothing is dropped after its time, one that waits quietly is not', async () => {
  const slow = open();
  slow.outlet.begin([event('a', 1)], nothingSeen.task);
  slow.outlet.beat(at(19_000));
  expect(slow.calls.destroyed).toBe(0);
  slow.outlet.beat(at(20_100));
  expect(slow.calls).toEqual({ destroyed: 1, ended: 1 });

  const quiet = open();
  quiet.outlet.begin([event('a', 1)], nothingSeen.task);
  await quiet.read();
  void quiet.read();
  quiet.outlet.beat(at(50_000));
  expect(quiet.calls).toEqual({ destroyed: 0, ended: 0 });
});

test('a comment comes every 15 s; every second one with an event that a page can see', async () => {
  const { outlet, read } = open();
  outlet.begin([], nothingSeen.task);
  await read();
  outlet.beat(at(14_000));
  outlet.beat(at(15_010));
  expect(await read()).toBe(': ka\n\n');
  outlet.beat(at(16_000));
  outlet.beat(at(30_010));
  expect(await read()).toBe(': ka\n\nevent: ping\ndata: {}\n\n');
});

test('a stream that is read lives as long as its client', async () => {
  for (const kind of ['task', 'tasks', 'all'] as const) {
    const { outlet, read, calls } = open(kind);
    outlet.begin([event('a', 1)], kind === 'all' ? { moment: 0 } : nothingSeen[kind]);
    for (let hours = 1; hours < 1_000; hours++) {
      await read();
      outlet.beat(at(hours * 3_600_000));
    }
    expect(calls).toEqual({ destroyed: 0, ended: 0 });
  }
});

test('a reader that cancels ends it once, and nothing offered later matters', async () => {
  const { outlet, reader, calls } = open();
  outlet.begin([event('a', 1)], nothingSeen.task);
  await reader.cancel();
  outlet.offer(event('a', 2));
  outlet.end();
  outlet.drop();
  expect(calls.ended).toBe(1);
});

test('a wide stream that falls too far behind is cut, not buffered', () => {
  const { outlet, calls } = open('all');
  outlet.begin([], nothingSeen.all);
  for (let n = 0; n < 3_000 && calls.destroyed === 0; n++) outlet.offer(event(`t${n}`, 1));
  expect(calls).toEqual({ destroyed: 1, ended: 1 });
});

test('the cursor of each event covers what was sent up to it', async () => {
  const { outlet, read } = open('tasks');
  outlet.begin([event('tq_aaaaaaaa', 1), event('tq_bbbbbbbb', 2)], nothingSeen.tasks);
  expect((await read())?.match(/^id: .*$/gm)).toEqual(['id: raaaaaaaa1', 'id: raaaaaaaa1.bbbbbbbb2']);
});
