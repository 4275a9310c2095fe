// The socket: listening, and the order in which a server lets go of its clients.
import { createServer, maxHeaderSize, type Server, STATUS_CODES } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Problem, problemBody, problemKinds } from './problems.ts';

export interface Listener {
  port: number;
  /** Where a browser on this machine finds it. */
  url: string;
  /** Accepts nothing more, lets what is being answered finish for `graceMs`, then cuts it. */
  close(graceMs?: number): Promise<void>;
}

/** The address cannot be listened on; the message says what to do. */
export class CannotListen extends Error {
  override name = 'CannotListen';
}

type Fetch = Parameters<typeof getRequestListener>[0];

/** Serves an app on a host and port (0: any free one). Throws CannotListen. */
export async function listen(fetch: Fetch, host: string, port: number): Promise<Listener> {
  const answer = getRequestListener(fetch, { errorHandler: answerUnreadable });
  const server = createServer((request, response) => void answer(request, response));
  server.on('clientError', refuseClient);
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    server.listen(port, host, resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  const name = host.includes(':') ? `[${host}]` : host;
  return { port: bound, url: `http://${name}:${bound}`, close: (graceMs = 3_000) => close(server, graceMs) };
}

async function close(server: Server, graceMs: number): Promise<void> {
  const done = new Promise<void>(resolve => server.close(() => resolve()));
  // Kept-alive connections would hold a closed server open for seconds, also those whose answer ends only now.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  await done;
  clearInterval(idle);
  clearTimeout(cut);
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE')
    return new CannotListen(`Port ${port} on ${host} is taken. Set PORT to another one.`);
  if (error.code === 'EACCES')
    return new CannotListen(`Port ${port} may not be used by this user. Set PORT to one above 1023.`);
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return new CannotListen(`This machine has no address ${host}. Set HOST to one it has.`);
  return error;
}

/** A request whose target or Host no URL can be made of never reaches the app. */
function answerUnreadable(): Response {
  const { status, headers, body } = unreadable();
  return new Response(body, { status, headers });
}

/** What is no HTTP at all, came too slowly, or has more headers than node takes. */
function refuseClient(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const tooLarge = new Problem('headers-too-large', `The headers may have ${maxHeaderSize} bytes in all.`);
  const { status, headers, body } = unreadable(error.code === 'HPE_HEADER_OVERFLOW' ? tooLarge : undefined);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}Content-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function unreadable(problem = new Problem('bad-request', 'The request line or its headers cannot be read.')) {
  const body = JSON.stringify(problemBody(problem, crypto.randomUUID()));
  return {
    status: problemKinds[problem.kind][0],
    headers: { 'Content-Type': 'application/problem+json' },
    body,
  };
}
