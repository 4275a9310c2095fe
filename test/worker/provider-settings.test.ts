// The settings of providers: what may be a key, where it may be sent, and that no message repeats it.
import { expect, test } from 'vitest';
import { readWorkerSettings } from '../../worker/config.ts';

test('a key and an address are taken as they are, and the empty ones count as unset', () => {
  const given = { LEONARDO_API_KEY: ' 4b2c-key ', LEONARDO_BASE_URL: 'http://127.0.0.1:9/api' };
  expect(readWorkerSettings(given)).toMatchObject({
    LEONARDO_API_KEY: '4b2c-key',
    LEONARDO_BASE_URL: 'http://127.0.0.1:9/api',
  });
  expect(readWorkerSettings({ LEONARDO_API_KEY: '' }).LEONARDO_API_KEY).toBe(undefined);
});

test.each([
  ['LEONARDO_API_KEY', 'two words', 'must be one word'],
  ['LEONARDO_API_KEY', 'clé-secrète', 'must be one word'],
  ['LEONARDO_BASE_URL', 'http://cloud.leonardo.example', 'must be an https:// address'],
  ['LEONARDO_BASE_URL', 'https://me:hunter2@leonardo.example', 'must be an https:// address'],
  ['LEONARDO_BASE_URL', 'cloud.leonardo.example', 'must be an https:// address'],
])('%s=%s is refused, and not repeated', (name, value, words) => {
  const read = () => readWorkerSettings({ [name]: value });
  expect(read).toThrow(`${name}: ${words}`);
  expect(read).not.toThrow(value);
});
