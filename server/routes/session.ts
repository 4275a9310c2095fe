// The page's login: a key goes in once, a cookie comes out.
import { Hono } from 'hono';
import { z } from 'zod';
import { checkInput } from '../../queue/index.ts';
import { refuseForeign, unauthorized } from '../auth/authenticate.ts';
import { findKey, type Key, scopes } from '../auth/keys.ts';
import { closeSession, openSession, readSession } from '../auth/session.ts';
import { readJson, takeNoQuery } from '../input.ts';
import type { AppEnv, Parts } from '../parts.ts';

export const loginSchema = z.strictObject({ key: z.string().min(1).max(1_000) });

export function sessionRoutes({ keys, publicUrl }: Parts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const isSecure = publicUrl?.startsWith('https:') ?? false;

  /** Who the page speaks for; a null name where nobody is asked for a key. */
  app.get('/api/session', takeNoQuery, c => {
    c.header('Cache-Control', 'no-store');
    if (!keys) return c.json({ name: null, scopes });
    const key = readSession(c, keys);
    if (!key) throw unauthorized('this browser has no session');
    return c.json(show(key));
  });

  app.post('/api/session', takeNoQuery, async c => {
    refuseForeign(c, publicUrl);
    const { key: secret } = checkInput(loginSchema, await readJson(c));
    if (!keys) return c.json({ name: null, scopes });
    const key = findKey(keys, secret);
    if (!key) throw unauthorized('the key is not known');
    openSession(c, key, isSecure);
    return c.json(show(key));
  });

  app.delete('/api/session', takeNoQuery, c => {
    refuseForeign(c, publicUrl);
    closeSession(c, isSecure);
    return c.body(null, 204);
  });

  return app;
}

const show = ({ name, scopes: own }: Key) => ({ name, scopes: scopes.filter(scope => own.has(scope)) });
