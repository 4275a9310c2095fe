// Nothing is reachable without its scope; a page's session is as good as its key, and no better.
import { Hono } from 'hono';
import { pino } from 'pino';
import { beforeAll, expect, test, vi } from 'vitest';
import { createApp, parseKeys } from '../../server/index.ts';
import { enqueue, json, openApp, type TestApp } from './setup.ts';

const secrets = {
  reader: 'planted-read-1f0c',
  writer: 'planted-write-77ab',
  joiner: 'planted-worker-93de',
  chief: 'planted-admin-c0fe',
};
const keysText = `reader:read:${secrets.reader},writer:read+write:${secrets.writer},joiner:worker:${secrets.joiner},chief:admin:${secrets.chief}`;
const keys = parseKeys(keysText);
const logged: string[] = [];
const log = pino({ level: 'trace' }, { write: line => void logged.push(line) });

let t: TestApp;
beforeAll(async () => {
  t = await openApp({}, { keys, log });
});

const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` });
const ask = (path: string, init: RequestInit = {}, headers: Record<string, string> = {}) =>
  t.app.request(path, { ...init, headers: { ...Object.fromEntries(new Headers(init.headers)), ...headers } });

type Name = keyof typeof secrets;
const everybody: Name[] = ['reader', 'writer', 'joiner', 'chief'];

test.each<[string, RequestInit, Name[]]>([
  ['/api/tasks', {}, ['reader', 'writer', 'chief']],
  ['/api/tasks', { method: 'HEAD' }, ['reader', 'writer', 'chief']],
  ['/api/tasks/stream?all=1', { method: 'HEAD' }, ['reader', 'writer', 'chief']],
  ['/api/v1/admin/dlq', {}, ['reader', 'writer', 'chief']],
  ['/api/nothing', {}, ['reader', 'writer', 'chief']],
  ['/api/task', json({ actor: 'any', payload: {} }), ['writer', 'chief']],
  ['/api/tasks/actions', json({ action: 'cancel', ids: [] }), ['writer', 'chief']],
  ['/workflow/r/interaction/i/sub-action', json({}), ['writer', 'chief']],
  ['/api/workflow/r/interaction/i', json({}, 'PUT'), ['writer', 'chief']],
  ['/api/v1/contents', { method: 'POST' }, ['writer', 'chief']],
  ['/api/v1/schedules', json({}), ['chief']],
  ['/api/v1/schedules/x', { method: 'DELETE' }, ['chief']],
  ['/api/v1/admin/dlq/x/retry', { method: 'POST' }, ['chief']],
  ['/api/v1/lanes/x', json({}, 'PATCH'), ['chief']],
  ['/api/v1/rooms/r/jobs', json({}, 'PUT'), ['joiner', 'chief']],
  ['/api/v1/workers', json({}), ['joiner', 'chief']],
  ['/v1/joblib/workers', json({}), ['joiner', 'chief']],
  ['/healthz', {}, everybody],
])('%s %o is for %o only', async (path, init, allowed) => {
  for (const name of everybody) {
    const { status } = await ask(path, init, bearer(secrets[name]));
    if (allowed.includes(name)) expect([name, status]).not.toEqual([name, expect.toBeOneOf([401, 403])]);
    else expect([name, status]).toEqual([name, 403]);
  }
});

test('every route of the app but the open ones wants a key, whatever the method', async () => {
  const open =
    /^\/(?:healthz|readyz|metrics|openapi\.json|docs.*|api\/session|tasks.*|gallery|lanes|workers|dead|schedules|stats|)$/;
  const routes = t.app.routes.filter(({ method, path }) => method !== 'ALL' && path !== '*' && path !== '/*');
  const guarded = routes.filter(
    ({ path }) => !open.test(path) && !path.startsWith('/:file') && !path.startsWith('/assets'),
  );
  expect(guarded.length).toBeGreaterThan(25);
  for (const { method, path } of guarded) {
    const answer = await ask(path.replaceAll(/:\w+(?:\{[^}]*\})?/g, 'x'), { method });
    // Those below a worker's own id ask for that worker's token themselves.
    expect([method, path, answer.status]).toEqual([method, path, 401]);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    if (method !== 'HEAD') expect(answer.headers.get('content-type')).toBe('application/problem+json');
  }
});

test.each([
  ['a wrong key', { authorization: 'Bearer planted-read-1f0d' }],
  [
    'another scheme',
    { authorization: `Basic ${Buffer.from(`reader:${secrets.reader}`).toString('base64')}` },
  ],
  ['an empty key', { authorization: 'Bearer ' }],
  ['two keys', { authorization: `Bearer ${secrets.reader} ${secrets.chief}` }],
  ['a session that nobody signed', { cookie: 'callsheet_session=chief:9999999999999:AAAA' }],
  ['a wrong key beside a good session', { authorization: 'Bearer no', cookie: 'callsheet_session=x' }],
])('%s is nobody', async (_what, headers) => {
  const answer = await ask('/api/tasks', {}, headers);
  expect(answer.status).toBe(401);
});

test('a key in the query is nobody: addresses end up in logs', async () => {
  expect((await ask(`/api/tasks?key=${secrets.reader}`)).status).toBe(401);
  expect((await ask(`/api/tasks?access_token=${secrets.reader}`)).status).toBe(401);
});

async function login(secret: string): Promise<{ status: number; cookie: string; said: string }> {
  const answer = await ask('/api/session', json({ key: secret }));
  const said = answer.headers.get('set-cookie') ?? '';
  return { status: answer.status, cookie: said.split(';')[0] ?? '', said };
}

test('a page logs in once, is known by its cookie, and leaves', async () => {
  expect((await ask('/api/session')).status).toBe(401);
  const { status, cookie, said } = await login(secrets.writer);
  expect(status).toBe(200);
  expect(said).toMatch(/; HttpOnly/);
  expect(said).toMatch(/; SameSite=Strict/);
  expect(said).toMatch(/; Max-Age=604800/);
  expect(said).not.toContain(secrets.writer);
  expect(await (await ask('/api/session', {}, { cookie })).json()).toEqual({
    name: 'writer',
    scopes: ['read', 'write'],
  });
  expect((await ask('/api/tasks', {}, { cookie })).status).toBe(200);
  expect((await ask('/api/task', json({ actor: 'any', payload: {} }), { cookie })).status).toBe(202);
  expect((await ask('/api/v1/schedules', json({}), { cookie })).status).toBe(403);
  const left = await ask('/api/session', { method: 'DELETE' }, { cookie });
  expect(left.status).toBe(204);
  expect(left.headers.get('set-cookie')).toMatch(/^callsheet_session=; Max-Age=0/);
});

test('a wrong key opens no session; what is no login is refused by its field', async () => {
  expect(await login('wrong')).toMatchObject({ status: 401, cookie: '' });
  expect((await ask('/api/session', json({ password: 'x' }))).status).toBe(422);
});

test.each([
  ['from another site', { origin: 'https://elsewhere.example' }],
  ['from a sandboxed page', { origin: 'null' }],
  ['that a browser calls cross-site', { 'sec-fetch-site': 'cross-site' }],
  ['from a sibling host', { 'sec-fetch-site': 'same-site' }],
])('a session changes nothing for a request %s', async (_what, headers) => {
  const { cookie } = await login(secrets.chief);
  const task = json({ actor: 'any', payload: {} });
  expect((await ask('/api/task', task, { cookie, ...headers })).status).toBe(403);
  expect((await ask('/api/session', json({ key: secrets.chief }), headers)).status).toBe(403);
  // A key in a header is nothing that a browser sends by itself.
  expect((await ask('/api/task', task, { ...bearer(secrets.chief), ...headers })).status).toBe(202);
});

test('a session ends with its week and with its key', async () => {
  const { cookie } = await login(secrets.reader);
  const without = await openApp({}, { keys: keys.filter(({ name }) => name !== 'reader') });
  expect((await without.app.request('/api/tasks', { headers: { cookie } })).status).toBe(401);
  const renewed = await openApp({}, { keys: parseKeys('reader:read:another-secret') });
  expect((await renewed.app.request('/api/tasks', { headers: { cookie } })).status).toBe(401);
  vi.useFakeTimers({ now: Date.now() + 7 * 24 * 3_600_000 + 1_000, toFake: ['Date'] });
  try {
    expect((await ask('/api/tasks', {}, { cookie })).status).toBe(401);
  } finally {
    vi.useRealTimers();
  }
});

test('the cookie is for https only where the public address is', async () => {
  const app = createApp({ ...t, keys, publicUrl: 'https://queue.example' });
  const answer = await app.request('/api/session', json({ key: secrets.reader }));
  expect(answer.headers.get('set-cookie')).toMatch(/; Secure/);
});

test('mounted under a prefix the same rules hold', async () => {
  const outer = new Hono().route('/queue', t.app);
  expect((await outer.request('/queue/api/tasks')).status).toBe(401);
  expect((await outer.request('/queue/healthz')).status).toBe(200);
  expect((await outer.request('/queue/api/tasks', { headers: bearer(secrets.reader) })).status).toBe(200);
});

test('without keys everybody may do everything, and the page is told so', async () => {
  const open = await openApp();
  expect(await (await open.app.request('/api/session')).json()).toEqual({
    name: null,
    scopes: ['read', 'write', 'worker', 'admin'],
  });
});

test('no secret is in any answer or log', async () => {
  const id = await enqueue(t.queue);
  const { cookie } = await login(secrets.chief);
  const paths = [
    '/',
    '/api/tasks',
    `/api/task/${id}`,
    '/api/v1/workers',
    '/metrics',
    '/readyz',
    '/nope',
    '/api/session',
  ];
  for (const path of paths)
    for (const headers of [bearer(secrets.reader), bearer(`${secrets.reader}x`), { cookie }]) {
      const answer = await ask(path, {}, headers);
      const said = `${JSON.stringify([...answer.headers])}${await answer.text()}`;
      expect(said).not.toContain('planted-');
    }
  expect(logged.length).toBeGreaterThan(0);
  expect(logged.join('')).not.toContain('planted-');
});
