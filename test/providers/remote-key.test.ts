// Where a key goes, and where it never goes: elsewhere, into errors, into what is stored.
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { isServiceAddress } from '../../providers/media/remote/address.ts';
import { verdictOf } from '../../worker/actors/errors.ts';
import { answer, clientFor, failure, failureOf, key, never, says, serve } from './remote-serve.ts';

test('a redirect is not followed, so that the key goes nowhere else', async () => {
  const other = await serve((_, response) => response.end('{"id":"a"}'));
  const error = await failureOf((_, response) => response.writeHead(307, { location: other.base_url }).end());
  expect(error).toMatchObject({ name: 'InvalidRequestError', message: expect.stringContaining('OUR_URL') });
  expect(other.asked).toEqual([]);
});

test.each([
  [{ key: null }, 'set OUR_KEY'],
  [{ key: 'two\nlines' }, 'OUR_KEY has characters'],
  [{ base_url: 'http://service.example' }, 'OUR_URL must be an https:// address'],
])('%j sends nothing and says what to set', async (options, message) => {
  const { base_url, asked } = await serve((_, response) => response.end('{"id":"a"}'));
  const error = await failure(
    clientFor({ base_url, ...options }).send('GET', '/', { answer, signal: never }),
  );
  expect(error.message).toContain(message);
  expect(error.message).not.toContain('two');
  expect(verdictOf(error)).toEqual({ kind: 'permanent' });
  expect(asked).toEqual([]);
});

test('a service that wants no key is asked without one', async () => {
  const { base_url, asked } = await serve((_, response) => response.end('{"id":"a"}'));
  await clientFor({ base_url, key: null, key_optional: true }).send('GET', '/', { answer, signal: never });
  expect(asked).toEqual(['GET /v1/ undefined close']);
});

test('the key is in no error, also where the service repeats it, and its words are kept short', async () => {
  const words = `the key ${key}\nis wrong ${'x'.repeat(5_000)}`;
  for (const status of [400, 401, 403, 429, 500]) {
    const error = await failureOf(says(status, words));
    expect(inspect(error, { depth: 9 })).not.toContain(key);
    expect(error.message).toContain('the key *** is wrong');
    expect(error.message.length).toBeLessThan(500);
  }
});

test('an answer is stored without the key and without what is named like a secret', () => {
  const scrubbed = clientFor({}).scrub({
    prompt: `a ${key}`,
    apiKey: { webhookCallbackApiKey: 'x' },
    list: [{ secret: 1, seed: 2 }, key, null],
  });
  expect(scrubbed).toEqual({
    prompt: 'a ***',
    apiKey: '***',
    list: [{ secret: '***', seed: 2 }, '***', null],
  });
});

test.each([
  ['https://api.example/v1', true],
  ['http://127.0.0.1:8080/v1', true],
  ['http://localhost', true],
  ['http://[::1]:1', true],
  ['http://api.example', false],
  ['http://127.0.0.1.example', false],
  ['http://10.0.0.1', false],
  ['https://user:secret@api.example', false],
  ['https://api.example/?key=1', false],
  ['ftp://api.example', false],
  ['api.example', false],
])('whether a key may be sent to %s: %s', (address, may) => {
  expect(isServiceAddress(address)).toBe(may);
});
