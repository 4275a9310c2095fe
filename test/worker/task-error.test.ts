// What is stored of whatever an actor throws.
import { expect, test } from 'vitest';
import { findUnstorable } from '../../queue/index.ts';
import { redact } from '../../queue/program/redact.ts';
import { toTaskError } from '../../worker/task-error.ts';

test('an error keeps its name, message, stack, causes and own properties', () => {
  const error = Object.assign(new TypeError('outer', { cause: new RangeError('inner') }), {
    code: 'E_X',
    status: 429,
  });
  const stored = toTaskError(error);
  expect(stored).toMatchObject({
    type: 'TypeError',
    message: 'outer',
    details: { code: 'E_X', status: 429 },
  });
  expect(stored.stack_trace).toMatch(/TypeError: outer[\s\S]*Caused by: RangeError: inner/);
});

test.each([
  [undefined, 'undefined'],
  [null, 'null'],
  ['text', 'text'],
  [7n, '7'],
  [{ reason: 'odd' }, '{"reason":"odd"}'],
])('%s can be thrown too', (thrown, message) => {
  expect(toTaskError(thrown)).toEqual({ type: 'Error', message, details: {}, stack_trace: '' });
});

test('what cannot be read is still an error', () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('no');
      },
      has: () => true,
    },
  );
  expect(toTaskError(hostile)).toMatchObject({ type: 'Error' });
});

test('everything is bounded, and cut between characters', () => {
  const error = Object.assign(new Error('ü'.repeat(5_000)), { big: 'x'.repeat(5_000), small: 'y' });
  error.name = 'N'.repeat(1_000);
  error.stack = '€'.repeat(10_000);
  const stored = toTaskError(error);
  expect(Buffer.byteLength(stored.type)).toBe(200);
  expect(Buffer.byteLength(stored.message)).toBe(2_048);
  expect(Buffer.byteLength(stored.stack_trace)).toBeLessThanOrEqual(8_192);
  expect(stored.stack_trace).not.toContain('\uFFFD');
  expect(stored.details).toEqual({ small: 'y' });
});

test('only JSON gets into the details, whatever its keys are', () => {
  const error = Object.assign(new Error('x'), { f: () => 1, big: 1n, when: new Date(), $set: 1, 'a.b': [1] });
  Object.defineProperty(error, '__proto__', { value: { polluted: true }, enumerable: true });
  const { details } = toTaskError(error);
  expect(Object.keys(details)).toEqual(['$set', 'a.b', '__proto__']);
  expect(findUnstorable(details)).toBeNull();
  expect(Object.prototype).not.toHaveProperty('polluted');
});

test('credentials are not stored', () => {
  const error = Object.assign(new Error('GET https://me:hunter2@host/x?api_key=k123&size=1 failed'), {
    apiKey: 'k123',
    headers: { Authorization: 'Bearer abcdefghij', accept: '*/*' },
  });
  const text = JSON.stringify(toTaskError(error));
  for (const secret of ['hunter2', 'k123', 'abcdefghij']) expect(text).not.toContain(secret);
  expect(text).toContain('size=1');
  expect(redact('mongodb://u:p@h:1/d')).toBe('mongodb://***@h:1/d');
});
