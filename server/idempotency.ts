// The header Idempotency-Key: reading it, and what it means for a request. Only hashes leave this file.
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import type { Once } from '../queue/index.ts';
import type { AppEnv } from './parts.ts';
import { invalid } from './problems.ts';

const longest = 255;
const deepest = 100;

/**
 * The name of a request, from its key, who asks, and what it asks for (`route`: what its path says); undefined without a
 * key. Throws a 422 for a key that cannot be one.
 */
export function readOnce(c: Context<AppEnv>, route: readonly string[], body: unknown): Once | undefined {
  const said = c.req.header('Idempotency-Key');
  if (said === undefined) return undefined;
  const key = bare(said.trim());
  if (key === '') throw refused('is empty');
  if (key.length > longest) throw refused(`has more than ${longest} characters`);
  const owner = c.get('caller')?.name ?? '';
  return { key: hash(JSON.stringify([owner, ...route, key])), body: hash(canonical(body)) };
}

const refused = (detail: string) => invalid([{ pointer: '/Idempotency-Key', detail }]);

/** A quoted string (RFC 8941) means what is in it. */
function bare(said: string): string {
  const [, quoted] = /^"((?:[^"\\]|\\["\\])*)"$/.exec(said) ?? [];
  return quoted === undefined ? said : quoted.replaceAll(/\\(["\\])/g, '$1');
}

const hash = (text: string) => createHash('sha256').update(text).digest('base64url');

/** JSON with the keys of every object in one order, so that two bodies that say the same are the same text. */
export function canonical(value: unknown, depth = 0): string {
  if (depth > deepest) throw invalid([{ pointer: '', detail: `is nested deeper than ${deepest} levels` }]);
  if (Array.isArray(value)) return `[${value.map(item => canonical(item, depth + 1)).join(',')}]`;
  // JSON has no word for what 1e999 becomes, and it is not null.
  if (typeof value !== 'object' || value === null)
    return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'null');
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item, depth + 1)}`).join(',')}}`;
}
