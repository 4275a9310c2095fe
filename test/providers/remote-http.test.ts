// Asking a service over HTTP: which error each failure is, and whether the request may have taken effect all the same.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { AnswerLostError, GenerationError } from '../../providers/index.ts';
import { neverConnected } from '../../providers/media/remote/connection.ts';
import { verdictOf } from '../../worker/actors/errors.ts';
import { answer, clientFor, clock, failure, failureOf, key, never, says, serve } from './remote-serve.ts';

test('the key goes along, on a connection of its own, and the answer comes as its schema says', async () => {
  const { base_url, asked } = await serve((_, response) => response.end('{"id":"a","more":1}'));
  const found = await clientFor({ base_url: `${base_url}/` }).send('GET', '/jobs/a', {
    answer,
    signal: never,
  });
  expect(found).toEqual({ id: 'a', more: 1 });
  expect(asked).toEqual([`GET /v1/jobs/a Bearer ${key} close`]);
});

const page = (status: number): RequestListener => {
  return (_, response) => response.writeHead(status).end('<html>a proxy</html>');
};

const refused = false;
const lost = true;
const permanent = { kind: 'permanent' };
const retry = { kind: 'retry' };

test.each<[string, RequestListener, string, boolean, object, string]>([
  ['400', says(400, 'invalid dimensions'), 'InvalidRequestError', refused, permanent, 'invalid dimensions'],
  ['400 as a page', page(400), 'InvalidRequestError', refused, permanent, 'Ours refused the request (400).'],
  ['401', says(401, 'no'), 'AuthenticationError', refused, permanent, 'OUR_KEY'],
  ['402', says(402, 'no'), 'InsufficientCreditsError', refused, permanent, 'too little left'],
  ['403', says(403, 'no'), 'AuthenticationError', refused, permanent, 'OUR_KEY'],
  ['404', says(404, 'no'), 'NotFoundError', refused, permanent, 'does not know'],
  ['408', page(408), 'AnswerLostError', lost, retry, 'gave up'],
  ['409', says(409, 'no'), 'InvalidRequestError', refused, permanent, '409'],
  ['422', says(422, 'no'), 'InvalidRequestError', refused, permanent, '422'],
  ['425', says(425, 'no'), 'ProviderUnavailableError', refused, retry, 'not ready'],
  ['500 of its own', says(500, 'Service Error'), 'ProviderUnavailableError', refused, retry, 'Service Error'],
  ['500 of another form', says(500, 7), 'AnswerLostError', lost, retry, '500'],
  ['500 as a page', page(500), 'AnswerLostError', lost, retry, '500'],
  ['502, whatever it says', says(502, 'bad gateway'), 'AnswerLostError', lost, retry, '502'],
  ['503 of its own', says(503, 'busy'), 'ProviderUnavailableError', refused, retry, 'busy'],
  ['504, whatever it says', says(504, 'late'), 'AnswerLostError', lost, retry, '504'],
  ['200 that is no JSON', page(200), 'AnswerLostError', lost, retry, 'not JSON'],
  ['200 of another form', says(200, 'no id'), 'AnswerLostError', lost, retry, 'at: id'],
  ['200 without a body', (_, r) => r.end(), 'AnswerLostError', lost, retry, 'unknown form'],
])('%s', async (_name, listener, name, isLost, verdict, message) => {
  const error = await failureOf(listener);
  expect(error).toMatchObject({ name, message: expect.stringContaining(message) });
  expect(error).toBeInstanceOf(GenerationError);
  expect(error instanceof AnswerLostError).toBe(isLost);
  expect(verdictOf(error)).toEqual(verdict);
});

const now = clock.now();

test.each([
  ['12', 12_000],
  ['0', 1_000],
  ['86400', 600_000],
  [new Date(now + 45_000).toUTCString(), 45_000],
  [new Date(now - 45_000).toUTCString(), 1_000],
  ['soon', 30_000],
  [undefined, 30_000],
])('429 with Retry-After %s is a rest of %d ms', async (header, ms) => {
  const error = await failureOf(
    says(429, 'slow down', header === undefined ? {} : { 'retry-after': header }),
  );
  expect(error).toMatchObject({ name: 'RateLimitError', message: 'Ours asks for a rest (429): slow down' });
  expect(verdictOf(error)).toEqual({ kind: 'cooldown', until: new Date(now + ms) });
});

test.each<[string, RequestListener, string]>([
  ['a reset after the request', request => request.socket.destroy(), 'broke'],
  ['silence', () => {}, 'did not answer within 100 ms'],
  [
    'an answer that breaks off',
    (_, response) => {
      response.setHeader('content-length', 1000);
      response.write('{"id":', () => setTimeout(() => response.destroy(), 20));
    },
    'broke off',
  ],
  [
    'an answer that is too large',
    (_, response) => response.end(`{"id":"a"${' '.repeat(5 * 1024 ** 2)}}`),
    'larger than 4194304 bytes',
  ],
])('%s may have taken effect', async (_name, listener, message) => {
  const error = await failureOf(listener, message.includes('within') ? 100 : 5_000);
  expect(error).toMatchObject({ name: 'AnswerLostError', message: expect.stringContaining(message) });
});

test.each([
  ['nobody listens', (port: number) => `http://127.0.0.1:${port}`, 'ECONNREFUSED'],
  ['nobody listens on any address', (port: number) => `http://localhost:${port}`, 'ECONNREFUSED'],
  ['no host has the name', () => 'https://nobody.invalid', 'cannot be reached'],
  ['the port is one that fetch refuses', () => 'http://127.0.0.1:9', 'cannot be reached'],
])('where %s nothing was sent', async (_name, addressAt, message) => {
  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as AddressInfo;
  await new Promise(resolve => closed.close(resolve));
  const client = clientFor({ base_url: addressAt(port) });
  const error = await failure(client.send('POST', '/', { answer, signal: never }));
  expect(error).toMatchObject({
    name: 'ProviderUnavailableError',
    message: expect.stringContaining(message),
  });
});

const refusedAt = (address: string) =>
  Object.assign(new Error(`connect ECONNREFUSED ${address}`), { code: 'ECONNREFUSED', syscall: 'connect' });
const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
const expired = Object.assign(new Error('certificate has expired'), { code: 'CERT_HAS_EXPIRED' });

test.each([
  ['each address of a host refuses', new AggregateError([refusedAt('::1'), refusedAt('127.0.0.1')]), true],
  ['one of them broke off later', new AggregateError([refusedAt('::1'), reset]), false],
  ['the certificate has expired', expired, true],
  ['the connection breaks', reset, false],
  ['nothing is known', undefined, false],
])('when %s it was never connected: %#', (_name, cause, never) => {
  expect(neverConnected(new TypeError('fetch failed', { cause }))).toBe(never);
});

test('a GET is tried again a few times while the service is broken, and no longer', async () => {
  const answers = [503, 500];
  const { base_url, asked } = await serve((_, response) => {
    const status = answers.shift() ?? 200;
    response.writeHead(status).end('{"id":"a"}');
  });
  const client = clientFor({ base_url });
  expect(await client.get('/', { answer, signal: never })).toEqual({ id: 'a' });
  expect(asked).toHaveLength(3);
  answers.push(500, 500, 500, 500, 500);
  expect((await failure(client.get('/', { answer, signal: never }))).name).toBe('AnswerLostError');
  expect(asked).toHaveLength(6);
});

test.each([429, 401, 404])('a GET that is answered %d is not tried again', async status => {
  const { base_url, asked } = await serve(says(status, 'no'));
  await failure(clientFor({ base_url }).get('/', { answer, signal: never }));
  expect(asked).toHaveLength(1);
});

test('an abort ends a request at once, with the reason that was given', async () => {
  const controller = new AbortController();
  const { base_url } = await serve(() => controller.abort(new Error('enough')));
  const client = clientFor({ base_url });
  const sent = await failure(client.send('GET', '/', { answer, signal: controller.signal }));
  const again = await failure(client.get('/', { answer, signal: controller.signal }));
  expect([sent, again]).toEqual([controller.signal.reason, controller.signal.reason]);
  expect(sent.message).toBe('enough');
});
