import { expect, test } from 'vitest';
import { InvalidSettings, readServerSettings } from '../../server/index.ts';

test('without any variable there are defaults', () => {
  expect(readServerSettings({})).toEqual({
    CONTENT_STORE: 'gridfs',
    HEARTBEAT_MS: 5_000,
    HOST: '127.0.0.1',
    LEASE_MS: 30_000,
    PORT: 8080,
    LOG_LEVEL: 'info',
    MAX_BACKLOG: 1_000_000,
  });
});

test('an empty variable counts as not set, and others are nobody’s business', () => {
  expect(readServerSettings({ PORT: ' ', MONGODB_URI: '', CALLSHEET_KEYS: '', PATH: '/bin' })).toMatchObject({
    PORT: 8080,
  });
});

test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost', 'LOCALHOST'])('HOST may be %s', HOST => {
  expect(readServerSettings({ HOST }).HOST).toBe(HOST);
});

test.each(['0.0.0.0', '::', '192.168.1.2', 'example.com', '127.0.0.1.example.com'])(
  'HOST may not be %s without keys',
  HOST => {
    expect(() => readServerSettings({ HOST })).toThrow(/HOST: must be a loopback address/);
  },
);

test('with keys the server may listen anywhere; wrong ones are told without their secret', () => {
  const settings = readServerSettings({ HOST: '0.0.0.0', CALLSHEET_KEYS: 'me:admin:secret' });
  expect(settings.CALLSHEET_KEYS).toMatchObject([{ name: 'me' }]);
  const wrong = { CALLSHEET_KEYS: 'me:boss:secret' };
  expect(() => readServerSettings(wrong)).toThrow(/^CALLSHEET_KEYS: knows the scopes/);
  expect(() => readServerSettings(wrong)).not.toThrow(/secret/);
});

test('a lease outlives two lost heartbeats, here as at a worker', () => {
  expect(() => readServerSettings({ LEASE_MS: '1000', HEARTBEAT_MS: '400' })).toThrow(
    /^LEASE_MS: must be at least/,
  );
  expect(readServerSettings({ LEASE_MS: '1200', HEARTBEAT_MS: '400' }).LEASE_MS).toBe(1_200);
});

test('all problems are told together, one per line', () => {
  const environment = { PORT: 'http', PUBLIC_URL: 'ftp://x', LOG_LEVEL: 'loud', MONGODB_URI: 'postgres://x' };
  let message = '';
  try {
    readServerSettings(environment);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidSettings);
    message = String(error);
  }
  for (const name of Object.keys(environment)) expect(message).toContain(`${name}: `);
  expect(message.split('\n')).toHaveLength(4);
});

test.each([
  ['0', 0],
  ['65535', 65_535],
])('PORT %s', (PORT, port) => {
  expect(readServerSettings({ PORT }).PORT).toBe(port);
});

test.each(['-1', '65536', '80.5', '0x50', '1e3'])('PORT may not be %s', PORT => {
  expect(() => readServerSettings({ PORT })).toThrow(/PORT/);
});

test('PUBLIC_URL loses its last slash', () => {
  expect(readServerSettings({ PUBLIC_URL: 'https://cs.example/base/' }).PUBLIC_URL).toBe(
    'https://cs.example/base',
  );
});

test('media are kept where the workers keep them', () => {
  expect(readServerSettings({ CONTENT_STORE: 's3://media', S3_ENDPOINT: 'http://minio:9000' })).toMatchObject(
    {
      CONTENT_STORE: 's3://media',
      S3_ENDPOINT: 'http://minio:9000',
    },
  );
  expect(() => readServerSettings({ CONTENT_STORE: 'media' })).toThrow(
    'CONTENT_STORE: must be gridfs, file:',
  );
});
