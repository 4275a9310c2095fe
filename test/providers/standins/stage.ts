// What the stand-ins of outside services are built on: a real server on loopback, faults that a test plans, a record of what
// was asked, and a gauge that fails the test when more jobs ran at once than the service would allow.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { type Context, Hono, type Next } from 'hono';
import type { Clock } from '../../../providers/media/remote/clock.ts';

/** What goes wrong with one request. */
export type Fault =
  /** Another answer; the request has no effect unless it `acted`. */
  | { status: number; body?: object | string; headers?: Record<string, string>; acted?: boolean }
  /** No effect, and never an answer. */
  | 'hang'
  /** No effect: the connection breaks. */
  | 'reset'
  /** The request has its effect, but the connection breaks before the answer. */
  | 'lost';

export interface Asked {
  method: string;
  /** With its query. */
  path: string;
  authorization: string | undefined;
  body: unknown;
}

/** How many jobs run at once, and how many did at most. */
class Gauge {
  readonly #running = new Set<string>();
  peak = 0;
  enter(id: string): void {
    this.#running.add(id);
    this.peak = Math.max(this.peak, this.#running.size);
  }
  leave(id: string): void {
    this.#running.delete(id);
  }
}

type Env = { Bindings: HttpBindings };

export class Stage {
  readonly app = new Hono<Env>();
  readonly asked: Asked[] = [];
  readonly gauge = new Gauge();
  readonly #faults: { route: RegExp; fault: Fault }[] = [];
  url = '';

  constructor() {
    this.app.use(async (c, next) => this.#meet(c, next));
  }

  /** The next requests whose `METHOD /path` matches meet these faults, one each. */
  plan(route: RegExp, ...faults: Fault[]): void {
    this.#faults.push(...faults.map(fault => ({ route, fault })));
  }

  /** The requests so far whose `METHOD /path` matches. */
  asks(route: RegExp): Asked[] {
    return this.asked.filter(({ method, path }) => route.test(`${method} ${path}`));
  }

  /** Listens until the test ends; then no more than `limit` jobs may have run at once, and no planned fault may be left. */
  async open(limit: number): Promise<void> {
    // Here only: a stand-in also runs in processes that are no test.
    const { expect, onTestFinished } = await import('vitest');
    const close = await this.listen();
    onTestFinished(() => {
      close();
      expect(this.gauge.peak).toBeLessThanOrEqual(limit);
      expect(this.#faults).toEqual([]);
    });
  }

  /** Listens on a free port of this machine; returns what ends that and all open connections. */
  async listen(): Promise<() => void> {
    const server = createAdaptorServer({ fetch: this.app.fetch });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return () => {
      if ('closeAllConnections' in server) server.closeAllConnections();
      server.close();
    };
  }

  async #meet(c: Context<Env>, next: Next): Promise<Response | undefined> {
    const { pathname, search } = new URL(c.req.url);
    const path = pathname + search;
    const isJson = c.req.header('content-type')?.startsWith('application/json') ?? false;
    const text = isJson ? await c.req.text() : '';
    const body: unknown = text === '' ? null : JSON.parse(text);
    this.asked.push({ method: c.req.method, path, authorization: c.req.header('authorization'), body });
    const at = this.#faults.findIndex(({ route }) => route.test(`${c.req.method} ${path}`));
    const [planned] = at < 0 ? [] : this.#faults.splice(at, 1);
    if (planned) return spoil(c, next, planned.fault);
    await next();
    return undefined;
  }
}

async function spoil(c: Context<Env>, next: Next, fault: Fault): Promise<Response> {
  if (typeof fault === 'object') {
    const { status, body = '', headers = {}, acted } = fault;
    if (acted) await next();
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const answer = new Response(text, { status, headers: { ...typeOf(body), ...headers } });
    // What the route answered must not stand any more: a second answer is ignored, or gets its headers.
    if (acted) c.res = undefined;
    c.res = answer;
    return answer;
  }
  if (fault === 'lost') await next();
  if (fault !== 'hang') c.env.outgoing.destroy();
  else await once(c.env.outgoing, 'close');
  return RESPONSE_ALREADY_SENT;
}

const typeOf = (body: object | string): Record<string, string> =>
  typeof body === 'string' ? {} : { 'content-type': 'application/json' };

/** A clock whose waits pass at once. */
export function quickClock(): Clock {
  let now = Date.UTC(2026, 0, 1);
  return {
    now: () => now,
    random: () => 0.5,
    async wait(ms, signal) {
      signal.throwIfAborted();
      now += ms;
      await turn();
      signal.throwIfAborted();
    },
  };
}
