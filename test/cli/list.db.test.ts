// The options of `callsheet list` and `callsheet dlq` that narrow what is listed, each against a server with tasks that differ in
// just that, and with values that mean nothing.
import { beforeAll, expect, test } from 'vitest';
import { completeTasks } from '../../queue/index.ts';
import { claimAll, enqueue, enqueueDead, openApp, serve, type TestApp } from '../server/setup.ts';
import { runCommand, type Said } from './terminal.ts';

let t: TestApp;
let url: string;
const ids: Record<string, string> = {};

const picture = { provider: 'studio', action_type: 'txt2img', params: {} };

beforeAll(async () => {
  t = await openApp();
  url = (await serve(t)).url;
  ids.done = await enqueue(t.queue, { workflow_run_id: 'run-1', tags: ['a', 'b'] });
  const claimed = await claimAll(t.queue);
  await completeTasks(
    t.queue,
    claimed.map(task => ({ task, result: null })),
  );
  ids.boom = await enqueueDead(t.queue, 'Boom', { workflow_run_id: 'run-2', tags: ['a'] });
  ids.bang = await enqueueDead(t.queue, 'Bang');
  ids.sleep = await enqueue(t.queue, { actor: 'sleep', payload: { ms: 1 }, tags: ['b'] });
  ids.media = await enqueue(t.queue, { actor: 'media', payload: picture, workflow_run_id: 'run-1' });
  ids.later = await enqueue(t.queue, { delay_ms: 60_000 });
});

const list = (...args: string[]): Promise<Said> => runCommand(['list', ...args], { url });
/** The tasks in an answer, by their names here. */
function named({ code, out, err }: Said): string[] {
  expect([code, err]).toEqual([0, '']);
  const { items } = JSON.parse(out) as { items: { task_id: string }[] };
  return items.map(({ task_id }) => Object.keys(ids).find(name => ids[name] === task_id) ?? task_id);
}

const all = ['later', 'media', 'sleep', 'bang', 'boom', 'done'];

test.each<[args: string[], found: string[]]>([
  [[], all],
  [
    ['--status', 'failed'],
    ['bang', 'boom'],
  ],
  [
    ['--status', 'scheduled', 'completed'],
    ['later', 'done'],
  ],
  [['--status', 'processing'], []],
  [['--actor', 'sleep'], ['sleep']],
  [['--actor', 'nobody'], []],
  [
    ['--run', 'run-1'],
    ['media', 'done'],
  ],
  [['--run', '$ne'], []],
  [['--key', 'studio'], ['media']],
  [
    ['--tag', 'a'],
    ['boom', 'done'],
  ],
  [['--tag', 'a', 'b'], ['done']],
  [['--tag', 'a', '--tag', 'b'], ['done']],
  [
    ['--worker', 'w1'],
    ['bang', 'boom', 'done'],
  ],
  [['--worker', 'w2'], []],
  [
    ['--limit', '2'],
    ['later', 'media'],
  ],
  [['--status', 'failed', '--tag', 'a', '--worker', 'w1', '--run', 'run-2', '--actor', 'any'], ['boom']],
])('list %j', async (args, found) => {
  expect(named(await list(...args, '--json'))).toEqual(found);
  // And for people: a line for each task.
  const { out } = await list(...args);
  expect(out.match(/^tq_\S+/gm) ?? []).toEqual(found.map(name => ids[name]));
});

test('the cursor that a page names leads through all of what the same options find', async () => {
  const found: string[] = [];
  let cursor: string[] = [];
  for (let pages = 0; pages < 10; pages++) {
    const { out } = await list('--status', 'failed', 'completed', '--limit', '1', ...cursor);
    found.push(...(out.match(/^tq_\S+/gm) ?? []));
    const [, next] = /^More: the same with (--cursor \S+)$/m.exec(out) ?? [];
    if (next === undefined) break;
    cursor = next.split(' ');
  }
  expect(found).toEqual(['bang', 'boom', 'done'].map(name => ids[name]));
});

const long = 'x'.repeat(201);

test.each<[args: string[], said: RegExp]>([
  [
    ['--limit', 'many'],
    /^error: option '--limit <number>' argument 'many' is invalid. It must be a whole number/,
  ],
  [['--limit', '1.5'], /^error: option '--limit <number>'/],
  [['--limit', '0'], /^--limit must be a whole number from 1 to 200\n$/],
  [['--limit', '-1'], /^--limit must be a whole number from 1 to 200\n$/],
  [['--limit', '201'], /^--limit must be a whole number from 1 to 200\n$/],
  [['--status', 'lost'], /^--status must be one of scheduled, queued, .*\n$/],
  [['--status', 'queued', 'lost'], /^--status must be one of/],
  [['--status', ''], /^--status must be one of/],
  [['--status'], /^error: option '--status <status...>' argument missing/],
  [['--actor', ''], /^--actor must have at least 1 character/],
  [['--actor', long], /^--actor must have at most 200 characters\n$/],
  [['--run', ''], /^--run must have at least 1 character/],
  [['--run', 'a\0b'], /^--run must be clean text\n$/],
  [['--key', ''], /^--key must have at least 1 character/],
  [['--key', long], /^--key must have at most 200 characters\n$/],
  [['--tag', ''], /^--tag must have at least 1 character/],
  [['--tag', ...Array.from({ length: 21 }, (_, n) => `t${n}`)], /^--tag may be given twenty times\n$/],
  [['--worker', ''], /^--worker must have at least 1 character/],
  [['--worker', long], /^--worker must have at most 200 characters\n$/],
  [['--cursor', 'rubbish'], /^--cursor is not a cursor of this list\n$/],
  [['--cursor', ''], /^--cursor is not a cursor of this list\n$/],
  [['--run', '', '--limit', '0'], /^--limit must .*\n--run must .*\n$/],
  [['--colour', 'red'], /^error: unknown option '--colour'/],
  [['failed'], /^error: too many arguments for 'list'/],
])('list %j is refused by the name of the option, with 2', async (args, said) => {
  const { code, out, err } = await list(...args);
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(said);
});

const dlq = (...args: string[]) => runCommand(['dlq', ...args], { url });

test('dlq: each option narrows it, and is named when its value means nothing', async () => {
  expect(named(await dlq('list', '--json'))).toEqual(['bang', 'boom']);
  expect(named(await dlq('list', '--json', '--error-type', 'Boom'))).toEqual(['boom']);
  expect(named(await dlq('list', '--json', '--actor', 'sleep'))).toEqual([]);
  expect((await dlq('list', '--limit', '1')).out).toMatch(/\nMore: the same with --cursor \S+\n$/);
  expect((await dlq('retry', '--error-type', 'Boom', '--dry-run')).out).toMatch(/^1 dead letter would/);
  const refused: [string[], RegExp][] = [
    [['list', '--error-type', ''], /^--error-type must have at least 1 character/],
    [['list', '--actor', long], /^--actor must have at most 200 characters\n$/],
    [['list', '--limit', '0'], /^--limit must be/],
    [['list', '--cursor', 'rubbish'], /^--cursor is not a cursor/],
    [['retry', '--error-type', long], /^--error-type must have at most 200 characters\n$/],
    [['dismiss', '--actor', '', '--dry-run'], /^--actor must have at least 1 character/],
  ];
  for (const [args, said] of refused) {
    const { code, out, err } = await dlq(...args);
    expect([args, code, out, err]).toEqual([args, 2, '', expect.stringMatching(said)]);
  }
});
