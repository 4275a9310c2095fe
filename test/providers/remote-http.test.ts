// Asking a service over HTTP: which error each failure is, whether the request may have taken effect, and where the key goes.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { AnswerLostError, GenerationError } from '../../providers/index.ts';
import { isServiceAddress } from '../../providers/media/remote/address.ts';
import { ApiClient, type ApiOptions } from '../../providers/media/remote/http.ts';
import { verdictOf } from '../../worker/actors/errors.ts';
import { quickClock } from './standins/stage.ts';

const key = 'key-3f2b-very-secret';
const clock = quickClock();

async function serve(answer: RequestListener) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return { asked, base_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` };
}

const clientFor = (options: Partial<ApiOptions>) =>
  new ApiClient({
    name: 'Ours',
    base_url: 'http://127.0.0.1:9',
    key,
    variables: { key: 'OUR_KEY', base_url: 'OUR_URL' },
    errorText: body => z.looseObject({ error: z.string() }).safeParse(body).data?.error ?? null,
    clock,
    retryMs: 1,
    ...options,
  });

const answer = z.looseObject({ id: z.string() });
const never = new AbortController().signal;

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => (error instanceof Error ? error : expect.unreachable('not an error')),
  );
}

async function failureOf(listener: RequestListener, timeoutMs = 2_000): Promise<Error> {
  const { base_url } = await serve(listener);
  const client = clientFor({ base_url });
  return failure(client.send('POST', '/jobs', { answer, body: {}, signal: never, timeoutMs }));
}

test('the key goes along, and the answer comes as its schema says', async () => {
  const { base_url, asked } = await serve((_, response) => response.end('{"id":"a","more":1}'));
  const found = await clientFor({ base_url: `${base_url}/` }).send('GET', '/jobs/a', {
    answer,
    signal: never,
  });
  expect(found).toEqual({ id: 'a', more: 1 });
  expect(asked).toEqual([`GET /v1/jobs/a Bearer ${key}`]);
});

const says = (status: number, error: unknown, headers = {}): RequestListener => {
  return (_, response) => response.writeHead(status, headers).end(JSON.stringify({ error }));
};
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
    'an answer without end',
    (_, response) => {
      const pour = () => {
        while (!response.destroyed && response.write(' '.repeat(65_536)));
      };
      response.on('drain', pour);
      pour();
    },
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
  expect(verdictOf(error)).toEqual(permanent);
  expect(asked).toEqual([]);
});

test('a service that wants no key is asked without one', async () => {
  const { base_url, asked } = await serve((_, response) => response.end('{"id":"a"}'));
  await clientFor({ base_url, key: null, key_optional: true }).send('GET', '/', { answer, signal: never });
  expect(asked).toEqual(['GET /v1/ undefined']);
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
