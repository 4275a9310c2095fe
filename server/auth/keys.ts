// API keys: what CALLSHEET_KEYS says, and finding the key of a secret. Only hashes are kept.
import { createHash, timingSafeEqual } from 'node:crypto';

export const scopes = ['read', 'write', 'worker', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export interface Key {
  /** Who it was given to: shown in logs, owner of idempotency keys. */
  name: string;
  scopes: ReadonlySet<Scope>;
  /** SHA-256 of the secret. */
  hash: Buffer;
}

/** Whether a key may do what needs `scope`: an admin may do all. */
export const allows = (key: Pick<Key, 'scopes'>, scope: Scope): boolean =>
  key.scopes.has(scope) || key.scopes.has('admin');

/** What is wrong with CALLSHEET_KEYS; the message names keys by their place, never a secret. */
export class InvalidKeys extends Error {
  override name = 'InvalidKeys';
}

/** Parses `name:scope[+scope]:secret,…`. Throws InvalidKeys. */
export function parseKeys(text: string): Key[] {
  const keys = text.split(',').map((entry, index) => parseKey(entry.trim(), index + 1));
  const names = keys.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new InvalidKeys(`has the name "${twice}" twice`);
  // Two names for one secret: nobody could say which of them a caller is.
  if (new Set(keys.map(({ hash }) => hash.toString('hex'))).size < keys.length)
    throw new InvalidKeys('has one secret twice');
  return keys;
}

const isScope = (text: string): text is Scope => scopes.some(scope => scope === text);

function parseKey(entry: string, place: number): Key {
  const [, name, said, secret] = /^([^:]*):([^:]*):(.*)$/s.exec(entry) ?? [];
  if (name === undefined || said === undefined || secret === undefined)
    throw new InvalidKeys(`must be name:scope[+scope]:secret,… (number ${place} is not)`);
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name))
    throw new InvalidKeys(`names may have letters, digits and "_.-" only, at most 64 (number ${place})`);
  const asked = said.split('+');
  if (!asked.every(isScope))
    throw new InvalidKeys(`knows the scopes ${scopes.join(', ')} ("${name}" has another)`);
  // What a header can carry as one word.
  if (!/^[\x21-\x7e]{1,1000}$/.test(secret))
    throw new InvalidKeys(
      `needs a secret of 1 to 1,000 printable ASCII characters without spaces ("${name}")`,
    );
  return { name, scopes: new Set(asked), hash: hashOf(secret) };
}

export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

/** The key with this secret, or null. Takes as long for a wrong one as for a right one. */
export function findKey(keys: readonly Key[], secret: string): Key | null {
  const hash = hashOf(secret);
  let found: Key | null = null;
  for (const key of keys) if (timingSafeEqual(key.hash, hash)) found = key;
  return found;
}
