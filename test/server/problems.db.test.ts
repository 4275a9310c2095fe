// Every refusal is a problem with the right status; nothing a client can send makes a 500; nothing inside leaks.
import { EventEmitter } from 'node:events';
import { connect as connectSocket } from 'node:net';
import { MongoClient } from 'mongodb';
import { pino } from 'pino';
import { beforeAll, expect, test } from 'vitest';
import type { Queue, Task } from '../../queue/index.ts';
import { createApp, Hub } from '../../server/index.ts';
import { logTroubles } from '../../server/log.ts';
import { bodyOf, enqueue, json, openApp, serve, type TestApp } from './setup.ts';

let t: TestApp;
let pending: string;
beforeAll(async () => {
  t = await openApp();
  pending = await enqueue(t.queue);
});

async function expectProblem(answer: Response, status: number, kind?: string) {
  expect(answer.headers.get('content-type')).toBe('application/problem+json');
  const body = await bodyOf(answer);
  expect(body).toMatchObject({ status, type: expect.stringMatching(/^urn:callsheet:problems\//) });
  for (const field of ['title', 'detail', 'instance'] as const) expect(body[field]).toMatch(/./);
  expect(answer.status).toBe(status);
  expect(body.instance).toBe(answer.headers.get('x-request-id'));
  if (kind) expect(body.type).toBe(`urn:callsheet:problems/${kind}`);
  return body;
}

const big = `{"actor":"any","payload":{"a":"${'x'.repeat(1024 ** 2)}"}}`;
const text = (body: string, type: string) => ({ method: 'POST', headers: { 'content-type': type }, body });
const unknownId = 'tq_01a2071a-cf56-7000-8000-01c713f55ac4';

const refusals: [string, string, RequestInit, number, string][] = [
  ['malformed JSON', '/api/task', json('{"actor":'), 400, 'malformed-json'],
  ['an empty body', '/api/task', json(''), 400, 'malformed-json'],
  ['a literal NaN', '/api/task', json('{"actor":"any","payload":{"a":NaN}}'), 400, 'malformed-json'],
  [
    'no content type',
    '/api/task',
    { method: 'POST', body: new Uint8Array([123, 125]) },
    415,
    'unsupported-media-type',
  ],
  ['another content type', '/api/task', text('{}', 'text/plain'), 415, 'unsupported-media-type'],
  ['a form', '/api/task', text('a=1', 'application/x-www-form-urlencoded'), 415, 'unsupported-media-type'],
  ['a large body', '/api/task', json(big), 413, 'payload-too-large'],
  ['a large interaction', '/api/workflow/r/interaction/i', json(big, 'PUT'), 413, 'payload-too-large'],
  ['1e999', '/api/task', json('{"actor":"any","payload":{"a":1e999}}'), 422, 'validation'],
  ['a lone surrogate', '/api/task', json('{"actor":"any","payload":{"a":"\\ud800"}}'), 422, 'validation'],
  ['an array', '/api/task', json([]), 422, 'validation'],
  ['null', '/api/task', json('null'), 422, 'validation'],
  ['no actor', '/api/task', json({ payload: {} }), 422, 'validation'],
  ['no payload', '/api/task', json({ actor: 'any' }), 422, 'validation'],
  ['a payload that is a list', '/api/task', json({ actor: 'any', payload: [] }), 422, 'validation'],
  ['an unknown field', '/api/task', json({ actor: 'any', payload: {}, colour: 1 }), 422, 'validation'],
  ['a wrong priority', '/api/task', json({ actor: 'any', payload: {}, priority: 'high' }), 422, 'validation'],
  [
    'run_at and delay_ms',
    '/api/task',
    json({ actor: 'any', payload: {}, run_at: '2030-01-01T00:00:00Z', delay_ms: 1 }),
    422,
    'validation',
  ],
  ['an unknown actor', '/api/task', json({ actor: 'nobody', payload: {} }), 404, 'unknown-actor'],
  ['an unknown task', `/api/task/${unknownId}`, {}, 404, 'not-found'],
  ['an id that is none', '/api/task/1', {}, 404, 'not-found'],
  ['a NUL in a path', '/api/task/%00', {}, 404, 'not-found'],
  ['a huge id', `/api/task/${'a'.repeat(8_000)}`, {}, 404, 'not-found'],
  ['bad percent-encoding', '/api/task/%E0%A4%A', {}, 404, 'not-found'],
  ['a NUL in a run', '/api/workflow/%00/tasks', {}, 422, 'validation'],
  ['a huge run', `/api/workflow/${'r'.repeat(201)}/tasks`, {}, 422, 'validation'],
  ['an unknown path', '/api/nope', {}, 404, 'not-found'],
  ['an unknown page', '/nope', {}, 404, 'not-found'],
  ['an unknown POST', '/nope', { method: 'POST' }, 404, 'not-found'],
  ['a wrong method', '/api/task', {}, 405, 'method-not-allowed'],
  ['a wrong method on a task', `/api/task/${unknownId}`, { method: 'DELETE' }, 405, 'method-not-allowed'],
  ['a page of an unknown actor', '/api/v1/actors/nobody', {}, 404, 'unknown-actor'],
  ['an unknown content', '/api/v1/contents/gc_1', {}, 404, 'not-found'],
  ['generations of no run', '/api/v1/generations', {}, 422, 'validation'],
  ['media of nothing', '/workflow/r/media/gc_1.png', {}, 404, 'not-found'],
  ['a stream of nothing', `/api/task/${unknownId}/stream`, {}, 404, 'not-found'],
  ['an interaction that is no object', '/api/workflow/r/interaction/i', json('[]', 'PUT'), 422, 'validation'],
  [
    'an unknown interaction',
    '/api/workflow/r/interaction/none/sub-action',
    json({ provider: 'studio', action_type: 'txt2img', params: {} }),
    404,
    'unknown-interaction',
  ],
];

test.each(refusals)('%s', async (_name, path, init, status, kind) => {
  const body = await expectProblem(await t.app.request(path, init), status, kind);
  if (status === 422)
    expect(body.errors[0]).toMatchObject({ pointer: expect.any(String), detail: expect.stringMatching(/./) });
});

test('a wrong method is told the right ones', async () => {
  const answer = await t.app.request(`/api/task/${pending}`, { method: 'PUT', body: '{}' });
  expect(answer.headers.get('allow')).toBe('GET, HEAD');
});

test('an answer never repeats a megabyte of what was sent', async () => {
  const key = 'k'.repeat(500_000);
  const answer = await t.app.request(
    '/api/task',
    json({ actor: 'any', payload: {}, [key]: 1, [`${key}2`]: 2 }),
  );
  await expectProblem(answer.clone(), 422);
  expect((await answer.text()).length).toBeLessThan(3_000);
});

test('a body cut off in the middle, or sent in pieces beyond the limit, is refused', async () => {
  const stream = new ReadableStream({
    pull: controller => controller.enqueue(new Uint8Array(256 * 1024).fill(120)),
  });
  const init: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: stream,
    duplex: 'half',
  };
  await expectProblem(await t.app.request('/api/task', init), 413, 'payload-too-large');
});

const secret = 'mongodb://admin:hunter2@db.internal:27017';

/** A queue whose every collection throws. */
function broken(error: Error): Queue {
  const fail = () => {
    throw error;
  };
  const tasks = Object.create(t.queue.tasks, {
    findOne: { value: fail },
    find: { value: fail },
    watch: { value: fail },
  });
  return { ...t.queue, tasks };
}

/** What a server writes into its log. */
function openLog() {
  const lines: string[] = [];
  return { log: pino({}, { write: line => void lines.push(line) }), lines };
}

test('an error that nobody foresaw is a 500 that says nothing of itself; the log has it without credentials', async () => {
  const queue = broken(new Error(`cannot reach ${secret}`));
  const { log, lines } = openLog();
  const app = createApp({ queue, content: t.content, hub: new Hub(queue), log });
  for (const path of [
    `/api/task/${pending}`,
    '/api/tasks',
    `/api/task/${pending}/stream`,
    '/api/tasks/stream?all=1',
  ]) {
    const answer = await app.request(path);
    await expectProblem(answer.clone(), 500, 'internal');
    const wire = JSON.stringify([...answer.headers]) + (await answer.text());
    for (const word of ['hunter2', 'mongodb', 'admin', 'Error', 'reach']) expect(wire).not.toContain(word);
  }
  const failures = lines.filter(line => line.includes('request failed'));
  expect(failures).toHaveLength(4);
  for (const line of failures) expect(line).toContain('cannot reach mongodb://***@db.internal:27017');
  expect(lines.join('')).not.toContain('hunter2');
});

test('troubles that the queue gets over by itself are logged without credentials', () => {
  const { log, lines } = openLog();
  const queue = { ...t.queue, events: new EventEmitter() as typeof t.queue.events };
  logTroubles(queue, log);
  queue.events.emit('queue:trouble', { doing: 'waking workers', error: new Error(`cannot reach ${secret}`) });
  queue.events.emit('queue:trouble', { doing: 'waking workers', error: 'no error' });
  expect(JSON.parse(lines[0]!)).toMatchObject({
    msg: 'trouble while waking workers',
    error: { type: 'Error', message: 'cannot reach mongodb://***@db.internal:27017' },
  });
  expect(lines).toHaveLength(2);
  expect(lines.join('')).not.toContain('hunter2');
});

test('an open stream says nothing of an error, either', async () => {
  const hub = new Hub(t.queue);
  const app = createApp({ queue: t.queue, content: t.content, hub });
  const answer = await app.request(`/api/task/${pending}/stream`);
  const reader = answer.body!.getReader();
  await reader.read();
  hub.look.byIds = () => Promise.reject(new Error(secret));
  let troubles = 0;
  t.queue.events.on('queue:trouble', () => (troubles += 1));
  const waiting = reader.read();
  const other = await enqueue(t.queue);
  await t.queue.tasks.updateOne({ _id: pending }, { $inc: { rev: 1 } });
  await expect.poll(() => troubles, { timeout: 5_000 }).toBeGreaterThan(0);
  hub.close();
  expect((await waiting).done).toBe(true);
  expect(other).toMatch(/^tq_/);
});

test('an unreachable database is 503 with a time to come back', async () => {
  const client = new MongoClient('mongodb://admin:hunter2@127.0.0.1:9', { serverSelectionTimeoutMS: 200 });
  const queue = { ...t.queue, tasks: client.db('x').collection<Task>('task_queue') };
  const app = createApp({ queue, content: t.content });
  const answer = await app.request(`/api/task/${pending}`);
  expect(answer.headers.get('retry-after')).toBe('5');
  expect(await answer.clone().text()).not.toContain('hunter2');
  await expectProblem(answer, 503, 'database-unavailable');
  await client.close();
});

test('what is no HTTP, or names no host, gets a problem too', async () => {
  const { port } = await serve(t);
  const say = (text: string) =>
    new Promise<string>(resolve => {
      let heard = '';
      const socket = connectSocket(port, '127.0.0.1', () => socket.write(text));
      socket.on('data', chunk => {
        heard += chunk;
        if (heard.includes('}')) socket.end();
      });
      socket.on('close', () => resolve(heard));
      socket.on('error', () => {});
    });
  for (const [line, answer] of [
    ['RUBBISH\r\n\r\n', '400 Bad Request'],
    ['GET /api/tasks HTTP/1.1\r\nHost: a b c\r\n\r\n', '400 Bad Request'],
    [`GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`, '431 Request Header Fields Too Large'],
  ] as const) {
    const heard = await say(line);
    expect(heard).toContain(`HTTP/1.1 ${answer}\r\n`);
    expect(heard.toLowerCase()).toContain('content-type: application/problem+json');
  }
});
