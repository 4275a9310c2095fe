// Streams: one task, or many. What is sent and when is the hub's; here is who may open one and with which cursor.
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { InvalidInput, isTaskId, TaskNotFound } from '../../queue/index.ts';
import { type CursorKind, hasSeen, laterOf, nothingSeen, readCursor, type Seen } from '../hub/cursor.ts';
import type { TaskEvent } from '../hub/event.ts';
import type { Outlet } from '../hub/outlet.ts';
import type { Wants } from '../hub/subscriptions.ts';
import { nameText, readQuery } from '../input.ts';
import type { AppEnv, Parts } from '../parts.ts';
import { Problem, toProblem } from '../problems.ts';
import { pathTaskId } from './tasks.ts';

const maxIds = 100;
const after = z.string().max(3_000).optional();
export const oneQuery = z.strictObject({ after });
export const manyQuery = z.strictObject({
  ids: z.string().max(10_000).optional(),
  workflow_run_id: nameText.optional(),
  all: z.literal('1', 'must be 1').optional(),
  after,
});

const comeBack = 'retry: 2000\n: the database does not answer; connect again\n\n';

const headers = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-cache, no-transform',
  // Proxies that buffer answers would hold events back.
  'X-Accel-Buffering': 'no',
};

export function streamRoutes(parts: Parts): Hono<AppEnv> {
  const { hub } = parts;
  const app = new Hono<AppEnv>();

  app.get('/api/task/:id/stream', async c => {
    const task_id = pathTaskId(c);
    const seen = readSeen(c, 'task', readQuery(c, oneQuery).after);
    return stream(c, parts, { ids: [task_id] }, 'task', seen, async () => {
      const [event] = await hub.look.firstOf([task_id]);
      if (!event) throw new TaskNotFound(task_id);
      return event.terminal && hasSeen(seen, event) ? null : [event];
    });
  });

  app.get('/api/tasks/stream', async c => {
    const query = readQuery(c, manyQuery);
    const wants = readWants(query);
    if ('all' in wants) {
      const seen = readSeen(c, 'all', query.after);
      // Read before the stream is registered: what changes from there on is news, whatever this read saw of it.
      const first = await hub.look.newest();
      return stream(c, parts, wants, 'all', seen, async () => first);
    }
    const seen = readSeen(c, 'tasks', query.after);
    return stream(c, parts, wants, 'tasks', seen, async () => {
      if ('run' in wants) return hub.look.ofRun(wants.run);
      const events = await hub.look.firstOf(wants.ids);
      if (events.length === 0) throw new Problem('not-found', 'There is no task with any of these ids.');
      return events;
    });
  });

  return app;
}

/**
 * Registers, then reads what the stream begins with, then answers: a change between read and answer is sent too. `read`
 * gives null when there is nothing left to say (204).
 */
async function stream(
  c: Context<AppEnv>,
  { hub }: Parts,
  wants: Wants,
  kind: CursorKind,
  seen: Seen,
  read: () => Promise<TaskEvent[] | null>,
): Promise<Response> {
  // Nobody reads the body of an answer to HEAD: a stream for it would live until it is found too slow.
  const outlet = c.req.method === 'HEAD' ? null : openOutlet(c, hub, wants, kind);
  try {
    const first = await read();
    if (first === null) {
      outlet?.end();
      return c.body(null, 204);
    }
    if (outlet === null) return c.body(null, 200, headers);
    outlet.begin(first, seen);
    return c.body(outlet.readable, 200, headers);
  } catch (error) {
    outlet?.end();
    // A browser never tries again after a 503: it is told to come back instead.
    if (toProblem(error).kind === 'database-unavailable') return c.body(comeBack, 200, headers);
    throw error;
  }
}

function openOutlet(c: Context<AppEnv>, hub: Parts['hub'], wants: Wants, kind: CursorKind): Outlet {
  const retry = { headers: { 'Retry-After': '5' } };
  if (hub.refusal === 'stopping')
    throw new Problem('stopping', 'The server is stopping; connect again.', retry);
  if (hub.refusal)
    throw new Problem(hub.refusal, 'This server has as many streams open as it may; try again.', retry);
  return hub.subscribe(wants, kind, () => c.env?.outgoing?.destroy());
}

/** What the client has seen: its Last-Event-ID and `?after`, the later of both. A malformed header is ignored. */
function readSeen(c: Context, kind: CursorKind, asked: string | undefined): Seen {
  const given = asked === undefined ? null : readCursor(kind, asked);
  if (asked !== undefined && !given)
    throw new InvalidInput([{ pointer: '/after', detail: 'is not the id of an event of this stream' }]);
  const header = readCursor(kind, c.req.header('Last-Event-ID') ?? '');
  if (header && given) return laterOf(header, given);
  return header ?? given ?? nothingSeen[kind];
}

function readWants({ ids, workflow_run_id, all }: z.output<typeof manyQuery>): Wants {
  if ([ids, workflow_run_id, all].filter(said => said !== undefined).length !== 1)
    throw new InvalidInput([{ pointer: '', detail: 'must say one of ids, workflow_run_id, all=1' }]);
  if (all !== undefined) return { all: true };
  if (workflow_run_id !== undefined) return { run: workflow_run_id };
  const named = new Set((ids ?? '').split(',').map(id => id.trim()));
  if (named.size > maxIds)
    throw new InvalidInput([{ pointer: '/ids', detail: `names more than ${maxIds} tasks` }]);
  return { ids: [...named].filter(isTaskId) };
}
