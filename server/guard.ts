// Who may speak to a server that asks nobody for a key: only this machine's own programs and pages.
import type { MiddlewareHandler } from 'hono';
import { isLoopback } from './config.ts';
import type { AppEnv } from './parts.ts';
import { Problem } from './problems.ts';

/**
 * For a server on loopback. A page from elsewhere can make a browser connect here under its own name (DNS rebinding), so
 * the Host must be a loopback name or the public one; and it can post here without asking, so an Origin must be one too.
 */
export function guardLoopback(publicUrl: string | undefined): MiddlewareHandler<AppEnv> {
  const ours = publicUrl === undefined ? null : new URL(publicUrl).host;
  const trusted = (host: string) => host === ours || isLoopback(host.replace(/:\d+$/, ''));
  return async (c, next) => {
    const host = new URL(c.req.url).host;
    if (!trusted(host)) throw new Problem('forbidden', 'This server answers to loopback names only.');
    const origin = c.req.header('Origin');
    if (origin !== undefined && !isSafe(c.req.method) && !trusted(hostOf(origin)))
      throw new Problem('forbidden', 'Pages of other sites may not change anything here.');
    await next();
  };
}

const isSafe = (method: string) => method === 'GET' || method === 'HEAD' || method === 'OPTIONS';

function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : '';
}
