// Which scope each request needs: the one table. What it does not name needs `read` to look and `write` to change.
import type { Scope } from './keys.ts';

/** `own`: the route itself asks for a token of its own. */
type Need = Scope | 'open' | 'own';

const rules: readonly [methods: string, path: RegExp, need: Need][] = [
  ['GET POST DELETE', /^\/api\/session$/, 'open'],
  ['GET', /^\/(?:healthz|readyz|metrics|openapi\.json)$/, 'open'],
  ['GET', /^\/docs(?:\/.*)?$/, 'open'],
  // The page's own addresses and files: they hold nothing of the queue.
  ['GET', /^\/(?:tasks(?:\/[^/]+)?|gallery|lanes|workers|dead|schedules|stats)?$/, 'open'],
  ['GET', /^\/(?:assets\/.*|[a-z0-9-]+\.(?:svg|js|ico|png|txt|webmanifest))$/, 'open'],
  ['GET PUT POST DELETE', /^\/(?:api\/v1|v1\/joblib)\/workers\/[^/]+(?:\/.*)?$/, 'own'],
  ['POST', /^\/(?:api\/v1|v1\/joblib)\/workers$/, 'worker'],
  ['PUT DELETE', /^\/(?:api\/v1|v1\/joblib)\/rooms\/[^/]+\/jobs(?:\/.*)?$/, 'worker'],
  ['PATCH', /^\/api\/v1\/lanes\/.*$/, 'admin'],
  ['POST PATCH DELETE', /^\/api\/v1\/schedules(?:\/.*)?$/, 'admin'],
  ['POST', /^\/api\/v1\/admin\/.*$/, 'admin'],
];

const reads = ['GET', 'HEAD', 'OPTIONS'];

/** What a request needs; `path` as the app sees it when nothing is mounted. */
export function needOf(method: string, path: string): Need {
  const asked = method === 'HEAD' ? 'GET' : method;
  const rule = rules.find(([methods, pattern]) => methods.split(' ').includes(asked) && pattern.test(path));
  return rule?.[2] ?? (reads.includes(method) ? 'read' : 'write');
}
