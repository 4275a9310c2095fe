// What CALLSHEET_KEYS may say.
import { expect, test } from 'vitest';
import { allows, findKey, parseKeys } from '../../server/auth/keys.ts';
import { needOf } from '../../server/auth/scopes.ts';

test('names, scopes and secrets are read; a secret may hold colons', () => {
  const keys = parseKeys(' page:read:s3cret , ops:read+admin:a:b+c== ');
  expect(keys.map(({ name, scopes }) => [name, [...scopes]])).toEqual([
    ['page', ['read']],
    ['ops', ['read', 'admin']],
  ]);
  expect(findKey(keys, 'a:b+c==')?.name).toBe('ops');
  expect(findKey(keys, 'a:b+c=')).toBeNull();
  expect(JSON.stringify(keys)).not.toContain('s3cret');
});

test('an admin may do everything, others what they were given', () => {
  const [ops, page] = parseKeys('ops:admin:x,page:read:y');
  for (const scope of ['read', 'write', 'worker', 'admin'] as const) {
    expect(allows(ops!, scope)).toBe(true);
    expect(allows(page!, scope)).toBe(scope === 'read');
  }
});

test.each([
  ['ops', /number 1 is not/],
  ['ops:admin', /number 1 is not/],
  ['a:read:x,,', /number 2 is not/],
  ['a b:read:hunter2', /names may have/],
  [':read:hunter2', /names may have/],
  ['a:root:hunter2', /knows the scopes read, write, worker, admin \("a" has another\)/],
  ['a::hunter2', /knows the scopes/],
  ['a:read:', /needs a secret/],
  ['a:read:hun ter2', /needs a secret/],
  ['a:read:hunter2,a:write:hunter3', /the name "a" twice/],
  ['a:read:hunter2,b:write:hunter2', /one secret twice/],
])('%s is refused, without its secret', (text, message) => {
  expect(() => parseKeys(text)).toThrow(message);
  expect(() => parseKeys(text)).not.toThrow(/hunter/);
});

test('what no rule names needs read to look and write to change', () => {
  expect(needOf('GET', '/api/v1/later')).toBe('read');
  expect(needOf('HEAD', '/healthz')).toBe('open');
  expect(needOf('OPTIONS', '/api/v1/later')).toBe('read');
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'BREW'])
    expect(needOf(method, '/healthz')).toBe('write');
});
