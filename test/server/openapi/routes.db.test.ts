// The description of the app: that it names every route and no other, and follows the catalog.
import { expect, test } from 'vitest';
import { publishActors } from '../../../queue/index.ts';
import { resources } from '../../../server/openapi/document.ts';
import { webappRoutes } from '../../../server/routes/webapp.ts';
import { describeActor, openApp } from '../setup.ts';
import type { ApiDocument } from './document.ts';

const t = await openApp();

/** `METHOD path` of everything that the app answers by a route of its own, but for the page's addresses. */
function routesOf(): Set<string> {
  const page = new Set(webappRoutes(undefined).routes.map(({ path }) => path));
  const routes = t.app.routes.filter(
    ({ method, path }) => method !== 'ALL' && !path.endsWith('*') && !page.has(path),
  );
  return new Set(routes.map(({ method, path }) => `${method} ${path}`));
}

function describedRoutes(): Set<string> {
  const all = resources.flatMap(({ operations }) =>
    Object.entries(operations).flatMap(([route, { aliases = [] }]) => {
      const [method] = route.split(' ');
      return [route, ...aliases.map(path => `${method} ${path}`)];
    }),
  );
  return new Set(all);
}

test('every route of the app is described', () => {
  const described = describedRoutes();
  const missing = [...routesOf()].filter(route => !described.has(route));
  const how =
    'Describe them in server/openapi/paths/<resource>.ts: one entry per route, keyed as the route is written, with the zod ' +
    'schemas that the route reads its query and body by (export them from the route file) and the shapes of its answers ' +
    '(server/openapi/shapes/). A new file of paths is named in server/openapi/document.ts; then say in ' +
    'test/server/openapi/answers.db.test.ts how each of its answers comes about.';
  expect(missing, how).toEqual([]);
});

test('nothing is described that the app does not have', () => {
  const routes = routesOf();
  expect([...describedRoutes()].filter(route => !routes.has(route))).toEqual([]);
  expect(routes.size).toBeGreaterThan(40);
});

test('every operation has a name of its own', () => {
  const ids = resources.flatMap(({ operations }) => Object.values(operations).map(({ id }) => id));
  expect(ids).toEqual([...new Set(ids)]);
});

async function read(etag?: string) {
  const answer = await t.app.request('/openapi.json', etag ? { headers: { 'If-None-Match': etag } } : {});
  const text = await answer.text();
  return { status: answer.status, etag: answer.headers.get('ETag')!, text };
}

test('the document is made once, and again when somebody publishes an actor', async () => {
  const first = await read();
  expect(first.status).toBe(200);
  expect(first.etag).toMatch(/^"[\w-]+"$/);
  expect(await read(first.etag)).toMatchObject({ status: 304, text: '' });
  const input = { type: 'object', properties: { wall: { type: 'string' } }, required: ['wall'] };
  await publishActors(t.queue, [describeActor('paint', { input })]);
  await expect.poll(async () => (await read(first.etag)).status, { timeout: 5_000 }).toBe(200);
  const api = JSON.parse((await read()).text) as ApiDocument;
  expect(api.components.schemas['payload.paint']).toEqual(input);
  expect(JSON.stringify(api.components.schemas.NewTask)).toContain('#/components/schemas/task.paint');
});

test('under a prefix the paths are those of there', async () => {
  const { Hono } = await import('hono');
  const outer = new Hono().route('/queue', t.app);
  const api = (await (await outer.request('/queue/openapi.json')).json()) as { servers: unknown };
  expect(api.servers).toEqual([{ url: '/queue' }]);
});
