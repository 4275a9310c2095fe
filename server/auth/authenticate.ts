// Who is asking, and whether they may: a Bearer key, or the page's session. Everything that is not open needs one.
import type { Context, MiddlewareHandler } from 'hono';
import { type AppEnv, pathHere } from '../parts.ts';
import { Problem } from '../problems.ts';
import { allows, findKey, type Key, type Scope } from './keys.ts';
import { needOf } from './scopes.ts';
import { readSession } from './session.ts';

/** Lets a request pass that may do what it asks; tells the routes who asks. Throws 401 and 403. */
export function authenticate(keys: readonly Key[], publicUrl: string | undefined): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const need = needOf(c.req.method, pathHere(c));
    if (need !== 'open' && need !== 'own') c.set('caller', authorize(c, keys, need, publicUrl));
    await next();
  };
}

function authorize(
  c: Context<AppEnv>,
  keys: readonly Key[],
  need: Scope,
  publicUrl: string | undefined,
): Pick<Key, 'name' | 'scopes'> {
  const said = c.req.header('Authorization');
  const key = said === undefined ? readSession(c, keys) : bearerKey(said, keys);
  if (!key) throw unauthorized(said === undefined ? 'no key was sent' : 'the key is not known');
  if (!allows(key, need)) throw tooLittle(key, need);
  // Other sites can make a browser send its cookie along, but not the header.
  if (said === undefined && !c.req.method.match(/^(?:GET|HEAD|OPTIONS)$/)) refuseForeign(c, publicUrl);
  return key;
}

/** The key of an Authorization header; null for any other scheme, too. */
export function bearerKey(header: string, keys: readonly Key[]): Key | null {
  const secret = bearerToken(header);
  return secret === null ? null : findKey(keys, secret);
}

/** The token of an Authorization header, or null. */
export function bearerToken(header: string | undefined): string | null {
  return /^Bearer +([\x21-\x7e]+) *$/i.exec(header ?? '')?.[1] ?? null;
}

export function unauthorized(why: string): Problem {
  const headers = { 'WWW-Authenticate': 'Bearer realm="callsheet"' };
  return new Problem('unauthorized', `Send a key with the header "Authorization: Bearer …": ${why}.`, {
    headers,
  });
}

function tooLittle({ name, scopes }: Key, need: Scope): Problem {
  const headers = {
    'WWW-Authenticate': `Bearer realm="callsheet", error="insufficient_scope", scope="${need}"`,
  };
  const has = [...scopes].join(', ');
  return new Problem('forbidden', `The key "${name}" has the scope ${has}; this needs "${need}".`, {
    headers,
  });
}

/** What a page of another site made this browser ask: not done. */
export function refuseForeign(c: Context<AppEnv>, publicUrl: string | undefined): void {
  const origin = c.req.header('Origin');
  const ours = [new URL(c.req.url).host, ...(publicUrl === undefined ? [] : [new URL(publicUrl).host])];
  const isOurs = origin === undefined || (URL.canParse(origin) && ours.includes(new URL(origin).host));
  const site = c.req.header('Sec-Fetch-Site') ?? 'same-origin';
  if (!isOurs || !['same-origin', 'none'].includes(site))
    throw new Problem('forbidden', 'Pages of other sites may not change anything here.');
}
