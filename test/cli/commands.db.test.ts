// The commands that speak HTTP, against a server in this process with tasks in known states.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { completeTasks, failTask, getTask, spawnTask, updateProgress } from '../../queue/index.ts';
import { createApp, listen } from '../../server/index.ts';
import { testUri } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import {
  addWorker,
  claimAll,
  enqueue,
  enqueueClaimed,
  enqueueDead,
  openApp,
  serve,
  type TestApp,
} from '../server/setup.ts';
import { type RunOptions, runCommand } from './terminal.ts';

let t: TestApp;
let url: string;
let folder: string;
beforeAll(async () => {
  t = await openApp();
  url = (await serve(t)).url;
  folder = await mkdtemp(join(tmpdir(), 'callsheet-commands-'));
});
afterAll(() => rm(folder, { recursive: true }));

const callsheet = (line: string, options: RunOptions = {}) =>
  runCommand(line.split(' '), { url, ...options });
const parsed = (text: string): unknown => JSON.parse(text);
const unknownId = 'tq_01a2071a-cf56-7000-8000-01c713f55ac4';

/** Claims the task and makes it end, once it is there. */
async function work(how: 'completed' | 'failed'): Promise<void> {
  const task = await waitFor(async () => (await claimAll(t.queue))[0]);
  const error = { type: 'Boom', message: 'it \u001b[31mbroke', details: {}, stack_trace: '' };
  if (how === 'failed') await failTask(t.queue, task, { error, retry: null });
  else await completeTasks(t.queue, [{ task, result: { done: true } }]);
}

test('enqueue makes a task and says its id; --json prints the answer of the server', async () => {
  const first = await runCommand(['enqueue', 'any', '{"a": 1}', '--priority', '-3', '--tag', 'x', 'y'], {
    url,
  });
  expect(first.code).toBe(0);
  const [, task_id = ''] = /^(tq_\S+) waiting: no live worker serves its actor\n/.exec(first.out) ?? [];
  expect(first.out).toContain(`callsheet watch ${task_id}`);
  expect(await getTask(t.queue, task_id)).toMatchObject({
    payload: { a: 1 },
    priority: -3,
    tags: ['x', 'y'],
  });
  const second = await callsheet('enqueue any --json --delay-ms 60000');
  expect(parsed(second.out)).toMatchObject({ status: 'scheduled', urls: { self: expect.any(String) } });
});

test('enqueue --wait shows the progress on stderr and the result on stdout, with 0', async () => {
  await claimAll(t.queue);
  let shown = '';
  const waiting = callsheet('enqueue any --wait', { onError: text => (shown += text) });
  await waitFor(() => shown.includes('waiting'));
  const task = await waitFor(async () => (await claimAll(t.queue))[0]);
  await updateProgress(t.queue, [{ task, progress: { elapsed_ms: 5, message: 'half-way', fraction: 0.5 } }]);
  await waitFor(() => shown.includes('half-way'));
  await completeTasks(t.queue, [{ task, result: { done: true } }]);
  const { code, out, err } = await waiting;
  expect(code).toBe(0);
  expect(out).toMatch(/^tq_\S+ completed in 0 s\n\{\n {2}"done": true\n\}\n$/);
  expect(err).toMatch(/^waiting: no live worker serves its actor\n(a worker has it\n)?running: half-way\n$/);
});

test('enqueue --wait of a task that fails ends with 1 and says why, on one line', async () => {
  const waiting = callsheet('enqueue any --wait');
  await work('failed');
  const { code, out } = await waiting;
  expect(code).toBe(1);
  expect(out).toMatch(/^tq_\S+ failed in 0 s: Boom: it {2}\[31mbroke\n$/);
});

test('enqueue --wait --json prints the task as it ended', async () => {
  const waiting = callsheet('enqueue any --wait --json');
  await work('completed');
  const { code, out, err } = await waiting;
  expect([code, err]).toEqual([0, '']);
  expect(parsed(out)).toMatchObject({ status: 'completed', result: { done: true }, attempts: [{}] });
});

test('watch follows a task over a server that goes away and comes back', async () => {
  const other = await openApp();
  const first = await serve(other);
  const task = await enqueueClaimed(other.queue);
  const events: string[] = [];
  const watching = runCommand(['watch', task._id], { url: first.url, onError: text => events.push(text) });
  await waitFor(() => events.length > 0);
  other.hub.close();
  await first.close(0);
  await completeTasks(other.queue, [{ task, result: 'later' }]);
  // At its port nobody who speaks HTTP answers, until it is started again.
  let attempts = 0;
  const gap = createTcpServer(socket => {
    attempts += 1;
    socket.destroy();
  });
  await new Promise<void>(resolve => gap.listen(first.port, '127.0.0.1', resolve));
  await waitFor(() => attempts > 0);
  await new Promise(resolve => gap.close(resolve));
  const app = createApp({ queue: other.queue, content: other.content });
  const second = await listen(app.fetch, '127.0.0.1', first.port);
  const { code, out } = await watching;
  await second.close(0);
  expect(code).toBe(0);
  expect(out).toContain('"later"');
});

test('watch --json prints each event, the end last', async () => {
  const task = await enqueueClaimed(t.queue);
  const watching = callsheet(`watch ${task._id} --json`);
  await waitFor(() => t.hub.size === 1);
  await completeTasks(t.queue, [{ task, result: 5 }]);
  const { code, out } = await watching;
  expect(code).toBe(0);
  const events = out.trim().split('\n').map(parsed);
  expect(events.at(-1)).toMatchObject({ event: 'complete', data: { result: 5 } });
  // The end may be what the stream begins with: it is registered before its first state is read.
  for (const event of events.slice(0, -1))
    expect(event).toMatchObject({ event: 'progress', data: { task_id: task._id, state: 'assigned' } });
});

test('list and show: tables for people, the shapes of HTTP for programs', async () => {
  const id = await enqueueDead(t.queue, 'Boom', { tags: ['x'] });
  const list = await callsheet('list --limit 1');
  expect(list.out).toMatch(
    /^TASK +ACTOR +MADE +STATE\ntq_\S+ +any +(now|\d+ s ago) +failed: Boom\nMore: the same with --cursor \S+\n$/,
  );
  const json = await callsheet('list --json --limit 2');
  expect(parsed(json.out)).toMatchObject({ items: [{ task_id: id }, {}], next_cursor: expect.any(String) });
  expect((await callsheet('list --run nobody')).out).toBe('There are no tasks.\n');

  const show = await callsheet(`show ${id}`);
  expect(show.out).toMatch(/^state {7}failed$/m);
  expect(show.out).toMatch(/^error {7}Boom: it broke$/m);
  expect(show.out).toMatch(/^1 +failed +0 s +w1 +Boom: it broke$/m);
  expect(parsed((await callsheet(`show ${id} --json`)).out)).toMatchObject({ task_id: id, dead: true });
});

test('cancel and retry change each task that is named; one refusal gives 1 and hinders no other', async () => {
  const [a, b] = [await enqueue(t.queue), await enqueue(t.queue)];
  const cancelled = await callsheet(`cancel ${a} ${unknownId} ${b}`);
  expect(cancelled).toEqual({
    code: 1,
    out: `${a} cancelled\n${b} cancelled\n`,
    err: `${unknownId}: There is no task ${unknownId}.\n`,
  });
  const retried = await callsheet(`retry ${a} ${b} --json`);
  expect(retried.code).toBe(0);
  expect(retried.out.trim().split('\n').map(parsed)).toEqual([
    { task_id: a, status: 'queued' },
    { task_id: b, status: 'queued' },
  ]);
  const late = await callsheet(`retry ${a}`);
  expect([late.code, late.err]).toEqual([
    1,
    `${a}: Only failed and cancelled tasks can be retried; this one is queued.\n`,
  ]);
});

test('cancel --children stops what a task spawned, also when it has ended itself; show lists it', async () => {
  const task = await enqueueClaimed(t.queue);
  const child = { actor: 'any', payload: {} };
  const { task_id } = await spawnTask(t.queue, task, child);
  expect((await callsheet(`show ${task._id}`)).out).toMatch(
    new RegExp(`\\nSPAWNED +ACTOR +MADE +STATE\\n${task_id} +any .* waiting`),
  );
  expect((await callsheet(`show ${task_id}`)).out).toContain(`spawned by  ${task._id}\n`);
  expect(parsed((await callsheet(`show ${task._id} --json`)).out)).toMatchObject({ task_id: task._id });
  await completeTasks(t.queue, [{ task, result: null }]);
  expect((await callsheet(`cancel ${task._id}`)).code).toBe(1);
  const { code, out } = await callsheet(`cancel ${task._id} --children`);
  expect([code, out]).toEqual([0, `${task._id} completed, with 1 below it\n`]);
  expect(await getTask(t.queue, task_id)).toMatchObject({ status: 'cancelled' });
  const again = parsed((await callsheet(`cancel ${task._id} --children --json`)).out);
  expect(again).toMatchObject({ status: 'completed', children: { matched: 0, changed: 0 } });
});

test('dlq: listed, grouped, counted without a change, retried, dismissed', async () => {
  const fresh = await openApp();
  const at = { url: (await serve(fresh)).url };
  const dlq = (line: string) => callsheet(`dlq${line}`, at);
  expect((await dlq('')).out).toBe('There are no dead letters.\n');
  const ids: string[] = [];
  for (const type of ['Boom', 'Boom', 'Bang']) ids.push(await enqueueDead(fresh.queue, type));
  expect((await dlq(' --error-type Bang')).out).toMatch(/^TASK .*\ntq_\S+ +any +\S.* +Bang: it broke\n$/);
  expect((await dlq(' list --group')).out).toMatch(/\nany +Boom +2 +.*\nany +Bang +1 +/);
  expect(parsed((await dlq(' list --json --limit 1')).out)).toMatchObject({ items: [{ task_id: ids[2] }] });
  expect((await dlq(' retry --error-type Boom --dry-run')).out).toBe(
    '2 dead letters would be queued again.\n',
  );
  expect((await dlq(' retry --error-type Boom')).out).toBe('2 dead letters queued again.\n');
  expect(parsed((await dlq(` dismiss ${ids[2]} --json`)).out)).toEqual({ matched: 1, changed: 1 });
  expect((await dlq(' retry --all')).out).toBe('0 dead letters queued again.\n');
  for (const line of [' retry', ` retry ${ids[0]} --all`, ` dismiss ${ids[0]} --actor any`]) {
    const { code, err } = await dlq(line);
    expect([code, err]).toEqual([
      2,
      'Say which dead letters: task ids, or --actor and --error-type, or --all.\n',
    ]);
  }
});

test('schedules: made, listed, paused, resumed, run, deleted', async () => {
  const made = await runCommand(
    ['schedules', 'create', 'any', '0 9 * * 1', '{"a":1}', '--time-zone', 'Europe/Zurich'],
    { url },
  );
  const [, id = ''] = /^(sch_\S+) runs in \d+ (d|h|min|s)\n$/.exec(made.out) ?? [];
  const does = async (verb: string) => (await callsheet(`schedules ${verb} ${id}`)).out;
  expect((await callsheet('schedules')).out).toContain(`${id}  0 9 * * 1  Europe/Zurich  any    in `);
  expect(await does('pause')).toBe(`${id} paused\n`);
  expect(parsed((await callsheet('schedules list --json')).out)).toMatchObject({ items: [{ paused: true }] });
  expect(await does('resume')).toContain(`${id} runs in `);
  expect(await does('run')).toMatch(/^tq_\S+ queued\n$/);
  expect(await does('delete')).toBe(`${id} deleted\n`);
  const gone = await callsheet(`schedules run ${id}`);
  expect([gone.code, gone.err]).toEqual([1, `There is no schedule ${id}.\n`]);
  expect((await callsheet('schedules')).out).toBe('There are no schedules.\n');
});

test('workers: who is there, or how to start one', async () => {
  expect((await callsheet('workers')).out).toMatch(/^There is no live worker. Start one/);
  await addWorker(t.queue);
  expect((await callsheet('workers')).out).toMatch(/\nw1 +0\/1 +now +now +any, sleep, media\n$/);
  expect(parsed((await callsheet('workers --json')).out)).toMatchObject({ items: [{ worker_id: 'w1' }] });
  await t.queue.workers.deleteOne({ _id: 'w1' });
});

test('what the server refuses is one line and 2 where the command is to blame, else 1', async () => {
  const refused: [string[], number, RegExp][] = [
    [['enqueue', 'sleep', '{"ms": -1}'], 2, /^\/payload\/ms must be >= 0$/],
    [['enqueue', 'any', '--priority', '5000'], 2, /^--priority /],
    [['enqueue', 'any', '--run-at', 'tomorrow'], 2, /^--run-at /],
    [['enqueue', 'any', '--priority', '5000', '--max-retries', '-1'], 2, /^--priority .*\n--max-retries .*$/],
    [['enqueue', 'nobody'], 2, /^No actor is called "nobody"/],
    [['show', unknownId], 1, /^There is no task tq_/],
    [['watch', unknownId], 1, /^There is no task tq_/],
    [['list', '--limit', '0'], 2, /^--limit must be a whole number from 1 to 200$/],
    [['schedules', 'create', 'any', '0 0 30 2 *'], 2, /^The cron never comes/],
    [['schedules', 'create', 'any', '0 0 * * *', '--time-zone', 'Mars/Olympus'], 2, /^--time-zone /],
  ];
  for (const [args, code, said] of refused) {
    const outcome = await runCommand(args, { url });
    expect([args, outcome.code, outcome.out]).toEqual([args, code, '']);
    expect(outcome.err.trimEnd()).toMatch(said);
  }
});

test('wrong use is told before anything is asked: 2', async () => {
  const nowhere = { url: 'http://127.0.0.1:9' };
  const wrong: [string[], RegExp][] = [
    [['enqueue', 'any', '{a: 1}'], /^The payload is not JSON: /],
    [['enqueue', 'any', '--priority', 'high'], /It must be a whole number/],
    [['enqueue', 'any', '--out', join(folder, 'file')], /^Nothing can be saved in .*: it is no folder/],
    [['enqueue'], /missing required argument 'actor'/],
    [['cancel'], /missing required argument 'task_id'/],
    [
      ['dlq', 'retyr'],
      /unknown command 'retyr' \(there are list, retry, dismiss\)\nRun callsheet dlq --help/,
    ],
    [['schedules', 'list', 'x'], /too many arguments.*\nRun callsheet schedules list --help/],
    [['list', '--all'], /unknown option '--all'/],
  ];
  await writeFile(join(folder, 'file'), '');
  for (const [args, said] of wrong) {
    const { code, err } = await runCommand(args, nowhere);
    expect([args, code]).toEqual([args, 2]);
    expect(err).toMatch(said);
  }
});

test('no server, a stranger, an impossible address: one line that says what to do, with 2', async () => {
  const absent = await runCommand(['list'], { url: 'http://127.0.0.1:9' });
  expect(absent).toEqual({
    code: 2,
    out: '',
    err: 'No Callsheet server answers at http://127.0.0.1:9. Start one with `npm start`, or set CALLSHEET_URL.\n',
  });
  const stranger = createServer((_, response) => response.end('<h1>hello</h1>')).listen(0, '127.0.0.1');
  const address = await waitFor(() => stranger.address());
  const port = typeof address === 'object' ? address.port : 0;
  const strange = await runCommand(['list'], { url: `http://127.0.0.1:${port}` });
  stranger.close();
  expect([strange.code, strange.err]).toEqual([
    2,
    expect.stringMatching(/^What answers at \S+ is not Callsheet/),
  ]);
  const environment = { CALLSHEET_URL: 'ftp://x', CALLSHEET_KEY: 'two words of secret' };
  const impossible = await runCommand(['list'], { environment });
  expect(impossible.code).toBe(2);
  expect(impossible.err.trim().split('\n')).toEqual([
    'CALLSHEET_URL: must be an http:// or https:// address',
    'CALLSHEET_KEY: must be one word of ASCII',
  ]);
});

test('the key goes along as a bearer, and nowhere else', async () => {
  const heard: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    heard.push(request.headers.authorization, request.url);
    response.writeHead(401, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ detail: 'This key is not known.' }));
  }).listen(0, '127.0.0.1');
  const address = await waitFor(() => server.address());
  const port = typeof address === 'object' ? address.port : 0;
  const environment = { CALLSHEET_URL: `http://127.0.0.1:${port}/base/`, CALLSHEET_KEY: 'hunter2' };
  const { code, out, err } = await runCommand(['workers'], { environment });
  server.close();
  expect(heard).toEqual(['Bearer hunter2', '/base/api/v1/workers?limit=200']);
  expect([code, out, err]).toEqual([2, '', 'This key is not known.\n']);
});

test('every command has help that shows how it is used, and takes --json', async () => {
  const help = await runCommand(['--help']);
  const commands = [...help.out.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name!);
  expect(commands).toEqual(expect.arrayContaining(['up', 'enqueue', 'watch', 'dlq', 'schedules', 'doctor']));
  const below = [
    'dlq list',
    'dlq retry',
    'dlq dismiss',
    'schedules create',
    'schedules pause',
    'schedules run',
    'limits list',
    'limits set',
    'limits cool',
  ];
  for (const command of [...commands, ...below]) {
    if (command === 'help') continue;
    const { code, out } = await runCommand([...command.split(' '), '--help']);
    expect([command, code]).toEqual([command, 0]);
    expect(out).toContain(`Usage: callsheet ${command}`);
    if (!['dlq', 'schedules', 'limits'].includes(command)) expect(out).toContain('--json');
  }
});

test('the doctor names what is wrong and what to do; nothing is changed', async () => {
  const { searchParams, host } = new URL(testUri());
  const at = (name: string) => `mongodb://${host}/${name}?${searchParams.toString()}`;
  const ill = await runCommand(['doctor', '--json'], {
    url: 'http://127.0.0.1:9',
    environment: { MONGODB_URI: at('test_doctor_empty'), LEASE_MS: '1' },
  });
  expect(ill.code).toBe(1);
  const { ok, checks } = parsed(ill.out) as unknown as {
    ok: boolean;
    checks: { check: string; ok: boolean }[];
  };
  expect(ok).toBe(false);
  expect(Object.fromEntries(checks.map(one => [one.check, one.ok]))).toEqual({
    node: true,
    settings: false,
    database: true,
    clock: true,
    schema: false,
    workers: false,
    server: false,
  });
  const names = (await t.queue.db.admin().listDatabases()).databases.map(database => database.name);
  expect(names).not.toContain('test_doctor_empty');

  await addWorker(t.queue);
  const environment = { MONGODB_URI: at(t.queue.db.databaseName) };
  const healthy = await runCommand(['doctor'], { url, environment });
  expect(healthy.out.split('\n').filter(line => line.startsWith('✗'))).toEqual([]);
  expect(healthy.code).toBe(0);
  expect(healthy.out).toContain(`✓ server    ready at ${url}`);

  await t.queue.tasks.dropIndex('dead');
  const older = await runCommand(['doctor'], { url, environment });
  expect([older.code, older.out]).toEqual([
    1,
    expect.stringMatching(/✗ schema +missing: task_queue index dead\n/),
  ]);

  const lost = await runCommand(['doctor'], {
    url,
    environment: { MONGODB_URI: 'mongodb://u:hunter2@127.0.0.1:9' },
  });
  expect(lost.code).toBe(1);
  expect(lost.out).toMatch(/✗ database +MongoDB does not answer at mongodb:\/\/127.0.0.1:9/);
  expect(lost.out).not.toContain('hunter2');
});
