// The log: JSON lines on stdout, readable ones on a terminal; one line per request, and the queue's troubles.
import type { MiddlewareHandler } from 'hono';
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import type { Queue } from '../queue/index.ts';
import { redact } from '../queue/program/redact.ts';
import type { AppEnv } from './parts.ts';

/** Opens the process's log. */
export function openLog(level: string): Logger {
  return process.stdout.isTTY
    ? pino({ level }, pretty({ sync: true, ignore: 'pid,hostname' }))
    : pino({ level });
}

/** Says what each request asked and got; never a query, a header or a body. What only reads is said at `debug`. */
export function logRequests(log: Logger): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const began = performance.now();
    await next();
    const { method, path } = c.req;
    const level = method === 'GET' || method === 'HEAD' ? 'debug' : 'info';
    const ms = Math.round(performance.now() - began);
    log[level]({ request_id: c.get('requestId'), method, path, status: c.res.status, ms }, 'request');
  };
}

const maxStack = 8_192;

/** An error as the log says it: without credentials, as long as somebody may want to read. */
export function said(error: unknown): { type: string; message: string; stack: string } {
  const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
  const short = (text: string) => redact(text.slice(0, maxStack));
  return { type: short(name), message: short(message), stack: short(stack) };
}

/** Says what the queue tries again by itself. */
export function logTroubles(queue: Queue, log: Logger): void {
  queue.events.on('queue:trouble', ({ doing, error }) =>
    log.warn({ error: said(error) }, `trouble while ${doing}`),
  );
}
