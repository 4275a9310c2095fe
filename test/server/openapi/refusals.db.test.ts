// The refusals that any route can give, by whatever stands before it: each operation lists those that come about for it, and no
// other. Each is asked for from every operation.
import { EventEmitter } from 'node:events';
import { maxHeaderSize } from 'node:http';
import { createConnection } from 'node:net';
import fc from 'fast-check';
import { Collection, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { contentAt } from '../../../content/index.ts';
import type { Queue, QueueEvents } from '../../../queue/index.ts';
import { createApp, Hub, type Listener, listen, parseKeys } from '../../../server/index.ts';
import {
  type ApiDocument,
  answerOf,
  bodyCheck,
  type CheckBody,
  type Described,
  documentOf,
  operationsOf,
} from './document.ts';
import { type Asked, requestsOf } from './requests.ts';
import { openStage, type Stage } from './stage.ts';

type App = Pick<ReturnType<typeof createApp>, 'request'>;
interface Operation {
  id: string;
  method: string;
  path: string;
  said: Described;
}

let s: Stage;
let api: ApiDocument;
let check: CheckBody;
let listener: Listener;
let keyed: App;
let guarded: App;
let away: App;
const nowhere = new MongoClient('mongodb://127.0.0.1:9', { serverSelectionTimeoutMS: 20 });

beforeAll(async () => {
  s = await openStage();
  api = (await (await s.call('GET', '/openapi.json')).json()) as ApiDocument;
  check = bodyCheck(api);
  listener = await listen(s.app.fetch, '127.0.0.1', 0);
  const { queue, content, hub } = s;
  keyed = createApp({ queue, content, hub, keys: parseKeys('none:worker:SECRET') });
  guarded = createApp({ queue, content, hub, loopbackOnly: true });
  const closed = new Hub(queue);
  closed.close();
  away = createApp({ queue: withoutDatabase(queue), content: contentAt(nowhere.db('x')), hub: closed });
});
afterAll(async () => {
  await listener.close(0);
  await nowhere.close();
});

/** The same queue, whose database is gone. */
function withoutDatabase(queue: Queue): Queue {
  const db = nowhere.db('x');
  const gone = Object.entries(queue).flatMap(([name, value]) =>
    value instanceof Collection ? [[name, db.collection(value.collectionName)]] : [],
  );
  return { ...queue, db, ...Object.fromEntries(gone) };
}

async function ask(app: App, { method, path }: Operation, asked: Partial<Asked> = {}): Promise<Response> {
  const { headers = {}, body } = asked;
  return app.request(asked.path ?? path.replaceAll(/\{\w+\}/g, 'x'), {
    method: method.toUpperCase(),
    headers,
    ...(body && { body }),
  });
}

/** Writes a request by hand, and reads the answer. */
function write(lines: string[]): Promise<Response> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = createConnection(listener.port, '127.0.0.1', () =>
      socket.write(`${lines.join('\r\n')}\r\n\r\n`),
    );
    socket.on('error', reject).on('data', chunk => (text += chunk.toString()));
    socket.on('close', () => {
      const [head = '', body = ''] = text.split('\r\n\r\n');
      const [, status] = /^HTTP\/1.1 (\d+)/.exec(head) ?? [];
      const [, type = ''] = /^content-type: (.*)$/im.exec(head) ?? [];
      resolve(new Response(body, { status: Number(status), headers: { 'content-type': type } }));
    });
  });
}

/** Requests that its description allows, mostly; the first answer of this status, if there is one. */
async function tryUntil(app: App, one: Operation, status: number): Promise<Response | null> {
  const { path, said } = one;
  for (const asked of fc.sample(requestsOf({ api, s, path, said }), { numRuns: 25, seed: 3 })) {
    const answer = await ask(app, one, asked);
    if (answer.status === status) return answer;
    await answer.body?.cancel();
  }
  return null;
}

const big = new Uint8Array(33 * 1024 ** 2);
const pathOf = ({ path }: Operation) => path.replaceAll(/\{\w+\}/g, 'x');
const workersOwn = (path: string) =>
  path.includes('/v1/workers/') ? { authorization: `Bearer ${s.worker.token}` } : {};

/** How each refusal comes about wherever it can; null, or another status, where it does not. */
const asks: Record<number, (one: Operation) => Promise<Response | null>> = {
  400: one => write([`${one.method.toUpperCase()} ${pathOf(one)} HTTP/1.1`, 'Host: [', 'Connection: close']),
  401: async one =>
    one.id === 'openSession'
      ? ask(keyed, one, json({ key: 'unknown' }))
      : ask(one.path.includes('/workers/{') ? s.app : keyed, one),
  403: async one => {
    const foreign = { host: 'elsewhere.example' };
    return guarded.request(`http://elsewhere.example${pathOf(one)}`, {
      method: one.method.toUpperCase(),
      headers: foreign,
    });
  },
  413: async one => {
    if (one.method === 'get') return null;
    const headers = {
      'content-type': typeOf(one),
      'content-length': String(big.length),
      ...workersOwn(one.path),
    };
    return ask(s.app, one, { headers, body: big });
  },
  415: async one => {
    // A DELETE would take away what others need, and reads no body.
    if (one.method === 'get' || one.method === 'delete') return null;
    const path = one.path.replace('/workers/{id}', `/workers/${s.worker.worker_id}`);
    const headers = { 'content-type': 'text/plain', 'content-length': '2', ...workersOwn(path) };
    const asked = { headers, body: new TextEncoder().encode('{}') };
    return ask(s.app, { ...one, path: known(path) }, asked);
  },
  429: async one => {
    const { queue, content, hub } = s;
    // Each app listens to its queue.
    const own = { ...queue, events: new EventEmitter<QueueEvents>() };
    const app = createApp({ queue: own, content, hub, rateLimit: 1 });
    await ask(app, one);
    return ask(app, one);
  },
  431: one =>
    write([
      `${one.method.toUpperCase()} ${pathOf(one)} HTTP/1.1`,
      'Host: 127.0.0.1',
      `X-Long: ${'a'.repeat(maxHeaderSize)}`,
    ]),
  503: one => tryUntil(away, one, 503),
};

const typeOf = ({ said }: Operation) => Object.keys(said.requestBody?.content ?? {})[0] ?? 'application/json';
const json = (value: object): Partial<Asked> => ({
  headers: { 'content-type': 'application/json' },
  body: new TextEncoder().encode(JSON.stringify(value)),
});
/** Things that are there, so that what is asked for is found. */
const known = (path: string) =>
  path
    .replace('{full_name}', s.full_name)
    .replace('{room}', 'lab')
    .replace('{run}/interaction/{id}', 'run/interaction/i1')
    .replace('tasks/{name}', 'tasks/sleep')
    .replace('tasks/{task_id}', `tasks/${s.task_id}`);

const operations = [...operationsOf(documentOf([]))].map(([id, rest]): Operation => ({ id, ...rest }));
const cases = Object.keys(asks).map(Number);

test.each(cases)('%i is listed by each operation that gives it, and by no other', async status => {
  const given: string[] = [];
  const said = (one: Operation) => status in one.said.responses;
  for (const one of operations) {
    const answer = await asks[status]!(one);
    if (answer?.status !== status) {
      await answer?.body?.cancel();
      continue;
    }
    given.push(one.id);
    const type = answer.headers.get('content-type') ?? '';
    const schema = answerOf(api, operationsOf(api).get(one.id)!.said, status)?.[type]?.schema;
    expect(schema, `${one.id} ${type}`).toBeDefined();
    expect(check(schema!, await answer.json())).toBeNull();
    const isShared = one.said.responses[status]?.$ref !== undefined;
    const headers = (isShared && api.components.responses[`Problem${status}`]?.headers) || {};
    expect(Object.keys(headers).filter(name => !answer.headers.has(name))).toEqual([]);
  }
  expect(given).toEqual(operations.filter(said).map(({ id }) => id));
  expect(given.length).toBeGreaterThan(5);
});
