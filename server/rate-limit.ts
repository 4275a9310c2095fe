// How many POSTs each key may make in a minute. Counted in memory: each server counts its own.
import type { Context, MiddlewareHandler } from 'hono';
import { rateLimiter } from 'hono-rate-limiter';
import { needOf } from './auth/scopes.ts';
import { type AppEnv, pathHere } from './parts.ts';
import { Problem } from './problems.ts';

/** Refuses with 429 who posts more often than `limit` times a minute; the headers `RateLimit…` tell how much is left. */
export function limitRate(limit: number): MiddlewareHandler<AppEnv> {
  return rateLimiter<AppEnv>({
    windowMs: 60_000,
    limit,
    standardHeaders: 'draft-7',
    // What workers say of the tasks they hold must come through.
    skip: c => c.req.method !== 'POST' || needOf('POST', pathHere(c)) === 'own',
    keyGenerator: c => c.get('caller')?.name ?? `from ${addressOf(c)}`,
    handler() {
      throw new Problem('rate-limited', `More than ${limit} POSTs came within a minute. Wait, then go on.`);
    },
  });
}

function addressOf(c: Context<AppEnv>): string {
  return c.env?.incoming?.socket.remoteAddress ?? 'here';
}
