// A server on loopback that answers as a test says, and a client for it.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { z } from 'zod';
import { ApiClient, type ApiOptions } from '../../providers/media/remote/http.ts';
import { quickClock } from './standins/stage.ts';

/** The client's. */
export const key = 'key-3f2b-very-secret';
/** Stands still. */
export const clock = quickClock();

/** Serves until the test ends, and notes what is asked: method, path, authorization, connection. */
export async function serve(answer: RequestListener) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const { authorization, connection } = request.headers;
    asked.push(`${request.method} ${request.url} ${authorization} ${connection}`);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return { asked, base_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1` };
}

/** A client with that key. */
export const clientFor = (options: Partial<ApiOptions>) =>
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

/** What the server should answer. */
export const answer = z.looseObject({ id: z.string() });
/** Never aborted. */
export const never = new AbortController().signal;

/** What a promise fails with. */
export async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => (error instanceof Error ? error : expect.unreachable('not an error')),
  );
}

/** What a submit to such a server fails with. */
export async function failureOf(listener: RequestListener, timeoutMs = 2_000): Promise<Error> {
  const { base_url } = await serve(listener);
  const client = clientFor({ base_url });
  return failure(client.send('POST', '/jobs', { answer, body: {}, signal: never, timeoutMs }));
}

/** Answers with an error of the service's own form. */
export const says = (status: number, error: unknown, headers = {}): RequestListener => {
  return (_, response) => response.writeHead(status, headers).end(JSON.stringify({ error }));
};
