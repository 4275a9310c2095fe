// A gate in front of an outside service: every request of the workers passes it, and a test may hold one at an exact moment, for
// ever. It is no service of its own.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { deferred } from '../worker/start.ts';

/** `request`: it never arrives. `answer`: it has its effect, and no answer. `body`: half of the answer. */
type Moment = 'request' | 'answer' | 'body';

interface Hold {
  route: RegExp;
  moment: Moment;
  reached: () => void;
}

export class Gate {
  url = '';
  /** Answers in place of the service's, as long as they are here: for `METHOD /path`. */
  readonly instead: { route: RegExp; body: Buffer }[] = [];
  /** How long each request is on its way, before and after it is answered. */
  delayMs: () => number = () => 0;
  readonly #holds: Hold[] = [];
  readonly #target: () => string;
  readonly #server = createServer((request, response) => {
    // A worker that was killed no longer listens.
    this.#pass(request, response).catch(() => response.destroy());
  });

  /** `target`: the address of the service. */
  constructor(target: () => string) {
    this.#target = target;
  }

  /** Holds the next request to `METHOD /path` at a moment; resolves when it is held. */
  hold(route: RegExp, moment: Moment): Promise<void> {
    const { promise, resolve } = deferred();
    this.#holds.push({ route, moment, reached: () => resolve() });
    return promise;
  }

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const what = `${request.method} ${request.url}`;
    const at = this.#holds.findIndex(({ route }) => route.test(what));
    const [held] = at < 0 ? [] : this.#holds.splice(at, 1);
    if (held?.moment === 'request') return held.reached();
    await pause(this.delayMs());
    const answer = await this.#ask(request);
    await pause(this.delayMs());
    if (held?.moment === 'answer') return held.reached();
    const body = this.instead.find(({ route }) => route.test(what))?.body ?? answer.body;
    response.writeHead(answer.status, { 'content-type': answer.type, 'content-length': body.length });
    if (held) response.write(body.subarray(0, body.length / 2), held.reached);
    else response.end(body);
  }

  async #ask(request: IncomingMessage) {
    const body = Buffer.concat(await request.toArray());
    const { authorization, 'content-type': type } = request.headers;
    const answer = await fetch(this.#target() + request.url, {
      method: request.method ?? 'GET',
      headers: { ...(authorization && { authorization }), ...(type && { 'content-type': type }) },
      ...(body.length > 0 && { body }),
    });
    return {
      status: answer.status,
      type: answer.headers.get('content-type') ?? 'application/octet-stream',
      body: Buffer.from(await answer.arrayBuffer()),
    };
  }
}
