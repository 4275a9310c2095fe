// The cookie that a browser has in place of a key, because an EventSource and an <img> cannot send headers. It names its
// key and is signed with that key's hash: nothing is stored, any server with the same keys knows it, and a key that is
// taken out of CALLSHEET_KEYS ends its sessions.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { mountPath } from '../parts.ts';
import type { Key } from './keys.ts';

const cookieName = 'callsheet_session';
const lifeMs = 7 * 24 * 3_600_000;

const sign = (key: Key, until: number): Buffer =>
  createHmac('sha256', key.hash).update(`session ${key.name} ${until}`).digest();

/** Gives the browser a session of `key`, for a week. `secure`: only over https. */
export function openSession(c: Context, key: Key, secure: boolean): void {
  const until = Date.now() + lifeMs;
  const value = `${key.name}:${until}:${sign(key, until).toString('base64url')}`;
  setCookie(c, cookieName, value, { ...attributes(c, secure), maxAge: lifeMs / 1_000 });
}

export function closeSession(c: Context, secure: boolean): void {
  deleteCookie(c, cookieName, attributes(c, secure));
}

/** It goes no further than this app: what else is on its host, another Callsheet too, has cookies of its own. */
const attributes = (c: Context, secure: boolean) =>
  ({ path: encodeURI(mountPath(c)) || '/', httpOnly: true, sameSite: 'Strict', secure }) as const;

/** The key whose session the request carries, or null: none, ended, or not ours. */
export function readSession(c: Context, keys: readonly Key[]): Key | null {
  const [, name, until, signature] =
    /^([^:]+):(\d{1,15}):([\w-]+)$/.exec(getCookie(c, cookieName) ?? '') ?? [];
  const key = keys.find(one => one.name === name);
  if (!key || signature === undefined || Number(until) < Date.now()) return null;
  const right = sign(key, Number(until));
  const given = Buffer.from(signature, 'base64url');
  return given.length === right.length && timingSafeEqual(given, right) ? key : null;
}
