// The app: middleware, routes and the one answer to every error. Built without listening, so that it can be mounted
// in another Hono app and tested by `app.request`.
import { type Context, Hono, type Next } from 'hono';
import { requestId } from 'hono/request-id';
import { secureHeaders } from 'hono/secure-headers';
import { type Logger, pino } from 'pino';
import { type Content, contentAt } from '../content/index.ts';
import type { Queue } from '../queue/index.ts';
import { authenticate } from './auth/authenticate.ts';
import type { Key } from './auth/keys.ts';
import { createPayloadCheck } from './check-payload.ts';
import { Entry } from './entry.ts';
import { guardLoopback } from './guard.ts';
import { Hub } from './hub/hub.ts';
import { limitBody } from './input.ts';
import { logRequests, said } from './log.ts';
import { type AppEnv, type Parts, pathHere } from './parts.ts';
import { Problem, problemBody, problemKinds, toProblem } from './problems.ts';
import { limitRate } from './rate-limit.ts';
import { RemoteWorkers } from './remote/remote-workers.ts';
import { actionRoutes } from './routes/actions.ts';
import { actorRoutes } from './routes/actors.ts';
import { artifactRoutes } from './routes/artifacts.ts';
import { contentRoutes } from './routes/contents.ts';
import { createRoutes } from './routes/create.ts';
import { deadRoutes } from './routes/dead.ts';
import { docsRoutes } from './routes/docs.ts';
import { healthRoutes } from './routes/health.ts';
import { interactionRoutes } from './routes/interactions.ts';
import { jobRoutes } from './routes/jobs.ts';
import { laneRoutes } from './routes/lanes.ts';
import { mediaRoutes } from './routes/media.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { openapiRoutes } from './routes/openapi.ts';
import { registryRoutes } from './routes/registry.ts';
import { remoteRoutes } from './routes/remote.ts';
import { roomRoutes } from './routes/rooms.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { sessionRoutes } from './routes/session.ts';
import { statsRoutes } from './routes/stats.ts';
import { minuteRoutes } from './routes/stats-minutes.ts';
import { streamRoutes } from './routes/streams.ts';
import { taskRoutes } from './routes/tasks.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { greetBrowsers, webappRoutes } from './routes/webapp.ts';
import { workerRoutes } from './routes/workers.ts';
import { traceRequests } from './tracing.ts';

export interface AppOptions {
  queue: Queue;
  /** What tasks have produced; in the queue's own database by default. */
  content?: Content;
  /** Where streams come from; one of its own by default. Whoever stops the server closes it. */
  hub?: Hub;
  /** The workers outside that it serves; one of its own by default. Whoever stops the server closes it. */
  remote?: RemoteWorkers;
  /** Folder of the built web app. */
  webuiDir?: string;
  log?: Logger;
  /** Base of the URLs in answers; without it they are paths below where the app is mounted. */
  publicUrl?: string;
  /** Who may ask for what. Without keys everybody may do everything. */
  keys?: readonly Key[];
  /** A lane with so many queued tasks takes no more over HTTP; 1,000,000 unless said. */
  maxBacklog?: number;
  /** POSTs that each key may make in a minute; as many as it likes unless said. */
  rateLimit?: number | undefined;
  /** Refuse requests that did not come to a loopback name: for a server without keys. */
  loopbackOnly?: boolean;
}

const maxBody = 1024 ** 2;

const resources = [
  createRoutes,
  taskRoutes,
  actionRoutes,
  jobRoutes,
  deadRoutes,
  streamRoutes,
  scheduleRoutes,
  interactionRoutes,
  mediaRoutes,
  contentRoutes,
  artifactRoutes,
  actorRoutes,
  registryRoutes,
  workerRoutes,
  remoteRoutes,
  roomRoutes,
  laneRoutes,
  statsRoutes,
  minuteRoutes,
  healthRoutes,
  metricsRoutes,
  sessionRoutes,
  openapiRoutes,
  docsRoutes,
];

/** Builds the whole HTTP face of a queue. Every error it answers is a problem (RFC 9457). */
export function createApp(options: AppOptions): Hono<AppEnv> {
  const {
    queue,
    content = contentAt(queue.db),
    hub = new Hub(queue),
    remote = new RemoteWorkers(queue),
    log = pino({ level: 'silent' }),
    publicUrl,
    keys,
    maxBacklog = 1_000_000,
    rateLimit,
  } = options;
  const checkPayload = createPayloadCheck(log);
  const entry = new Entry(queue, maxBacklog);
  const parts: Parts = { queue, content, hub, remote, log, publicUrl, keys, checkPayload, entry };
  const app = new Hono<AppEnv>();
  app.onError((error, c) => answerError(error, c, log));
  app.use(traceRequests(), requestId(), logRequests(log), secureHeaders(headerRules(publicUrl)));
  if (options.loopbackOnly) app.use(guardLoopback(publicUrl));
  if (keys) app.use(greetBrowsers(options.webuiDir), authenticate(keys, publicUrl));
  if (rateLimit !== undefined) app.use(limitRate(rateLimit));
  app.use('/api/*', askAgain);
  // Before the limit of all other bodies: it has its own.
  app.route('/', uploadRoutes(parts));
  app.on(['POST', 'PUT', 'PATCH', 'DELETE'], '*', limitBody(maxBody, refuseBody));
  for (const routes of resources) app.route('/', routes(parts));
  app.route('/', webappRoutes(options.webuiDir));
  // A route and not `notFound`: that one is lost when the app is mounted in another.
  app.all('*', c => refuseUnknown(app, c));
  return app;
}

function answerError(error: Error, c: Context<AppEnv>, log: Logger): Response {
  const problem = toProblem(error);
  const [status] = problemKinds[problem.kind];
  const request_id = c.get('requestId');
  // An outage is one fact, not a stack per request.
  if (problem.kind === 'database-unavailable')
    log.warn({ request_id, path: c.req.path, reason: error.message }, 'the database does not answer');
  else if (status >= 500)
    log.error({ error: said(error), request_id, method: c.req.method, path: c.req.path }, 'request failed');
  const headers = {
    ...problem.headers,
    'Content-Type': 'application/problem+json',
    'Cache-Control': 'no-store',
  };
  return c.body(JSON.stringify(problemBody(problem, request_id)), status, headers);
}

/** What a task is may be kept, but not used without asking whether it still is so. */
async function askAgain(c: Context, next: Next): Promise<void> {
  await next();
  // Not by `c.header`: that makes an answer of text one of a stream, which costs a tenth of a small POST.
  if (!c.res.headers.has('Cache-Control')) c.res.headers.set('Cache-Control', 'no-cache');
}

function refuseBody(): never {
  throw new Problem('payload-too-large', 'The body may have 1 MiB at most.');
}

/** 405 with the methods that the path has, else 404. */
function refuseUnknown(app: Hono<AppEnv>, c: Context<AppEnv>): never {
  const path = pathHere(c);
  const known = (method: string) =>
    app.router.match(method, path)[0].some(([[, route]]) => route.method === method && route.path !== '/*');
  const allowed = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter(known);
  if (allowed.length === 0 || allowed.includes(c.req.method))
    throw new Problem('not-found', `There is nothing at ${c.req.path}.`);
  const Allow = allowed.includes('GET') ? [...allowed, 'HEAD'].join(', ') : allowed.join(', ');
  throw new Problem('method-not-allowed', `${c.req.path} takes ${Allow}.`, { headers: { Allow } });
}

/** Headers of every answer. The page needs nothing from elsewhere and no inline script or style. */
function headerRules(publicUrl: string | undefined): Parameters<typeof secureHeaders>[0] {
  const own = publicUrl === undefined ? ["'self'"] : ["'self'", new URL(publicUrl).origin];
  return {
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      imgSrc: [...own, 'data:', 'blob:'],
      mediaSrc: [...own, 'blob:'],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
    xFrameOptions: 'DENY',
    // Whether a host speaks only TLS is for whoever puts TLS before this server to say.
    strictTransportSecurity: false,
    overwrite: false,
  };
}
