// The settings of a worker: defaults, and all problems at once.
import { expect, test } from 'vitest';
import { InvalidSettings } from '../../queue/program/settings.ts';
import { readWorkerSettings } from '../../worker/config.ts';

test('nothing has to be set', () => {
  expect(readWorkerSettings({})).toEqual({
    CALLSHEET_ACTORS: [],
    WORKER_CAPACITY: 16,
    WORKER_SHELL: false,
    WORKER_HOST: '127.0.0.1',
    HEARTBEAT_MS: 5_000,
    LEASE_MS: 30_000,
    POLL_MS: 1_000,
    DRAIN_MS: 30_000,
    CONTENT_STORE: 'gridfs',
    LOG_LEVEL: 'info',
  });
});

test('lists are split, addresses trimmed, empty variables count as unset, others are ignored', () => {
  const settings = readWorkerSettings({
    CALLSHEET_ACTORS: './a.js, ./b.js,',
    WORKER_ACTORS: 'media,tag:gpu',
    PUBLIC_URL: 'https://calls.example/',
    WORKER_CAPACITY: ' ',
    HOME: '/root',
  });
  expect(settings).toMatchObject({
    CALLSHEET_ACTORS: ['./a.js', './b.js'],
    WORKER_ACTORS: ['media', 'tag:gpu'],
    PUBLIC_URL: 'https://calls.example',
    WORKER_CAPACITY: 16,
    WORKER_SHELL: false,
    WORKER_HOST: '127.0.0.1',
  });
});

test('all problems are told together, one line each', () => {
  const wrong = {
    MONGODB_URI: 'localhost',
    WORKER_CAPACITY: 'many',
    HEARTBEAT_MS: '1000',
    LEASE_MS: '2000',
    LOG_LEVEL: 'loud',
  };
  const read = () => readWorkerSettings(wrong);
  expect(read).toThrow(InvalidSettings);
  for (const name of ['MONGODB_URI', 'WORKER_CAPACITY', 'LEASE_MS', 'LOG_LEVEL']) expect(read).toThrow(name);
});

test('a lease is at least three heartbeats', () => {
  expect(() => readWorkerSettings({ HEARTBEAT_MS: '1000', LEASE_MS: '2999' })).toThrow(
    'three times HEARTBEAT_MS',
  );
  expect(readWorkerSettings({ HEARTBEAT_MS: '1000', LEASE_MS: '3000' }).LEASE_MS).toBe(3_000);
});

test('media can be kept in three kinds of places, and in no other', () => {
  for (const CONTENT_STORE of ['gridfs', 'file:media', 's3://media/live'])
    expect(readWorkerSettings({ CONTENT_STORE }).CONTENT_STORE).toBe(CONTENT_STORE);
  expect(() => readWorkerSettings({ CONTENT_STORE: 'ftp://media' })).toThrow(
    'CONTENT_STORE: must be gridfs, file:<folder> or s3://<bucket>/<prefix>',
  );
  expect(() => readWorkerSettings({ S3_ENDPOINT: 'minio:9000' })).toThrow('S3_ENDPOINT: must be an http://');
});

test('media hosts are names alone, however they are written', () => {
  expect(readWorkerSettings({ MEDIA_HOSTS: 'CDN.Example, [::1]' }).MEDIA_HOSTS).toEqual([
    'cdn.example',
    '::1',
  ]);
  expect(() => readWorkerSettings({ MEDIA_HOSTS: 'cdn.example,https://evil.example' })).toThrow(
    'MEDIA_HOSTS: must be host names without scheme, port or path; "https://evil.example" is none',
  );
});
