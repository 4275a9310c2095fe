// A tiny HTTP port for whoever watches over a worker: GET and HEAD of a few paths, nothing else.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Answer {
  status: number;
  type: string;
  body: string;
}

/** Path → what it answers; never rejects. */
export type Answers = Record<string, () => Answer | Promise<Answer>>;

export interface Port {
  url: string;
  close(): Promise<void>;
}

/** The address cannot be listened on; the message says what to do. */
export class CannotListen extends Error {
  override name = 'CannotListen';
}

const maxConnections = 100;
const patienceMs = 5_000;

/** Listens (0: on any free port). Throws CannotListen. */
export async function openPort(host: string, port: number, answers: Answers): Promise<Port> {
  const known = new Map(Object.entries(answers));
  const server = createServer(
    { requestTimeout: patienceMs, headersTimeout: patienceMs, keepAliveTimeout: patienceMs },
    (request, response) => void answer(known, request, response).catch(() => void response.destroy()),
  );
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, host, port)));
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  const name = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${name}:${bound}`, close: () => close(server) };
}

async function answer(
  known: ReadonlyMap<string, Answers[string]>,
  { method = '', url = '' }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const said = await (method === 'GET' || method === 'HEAD'
    ? (known.get(url.split('?', 1)[0]!)?.() ?? problem(404, `There are: ${[...known.keys()].join(', ')}.`))
    : problem(405, 'There is nothing here but to look: GET and HEAD.'));
  response.writeHead(said.status, {
    'Content-Type': said.type,
    'Content-Length': Buffer.byteLength(said.body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(said.status === 405 && { Allow: 'GET, HEAD' }),
  });
  response.end(method === 'HEAD' ? undefined : said.body);
}

function problem(status: 404 | 405, detail: string): Answer {
  const title = status === 404 ? 'Not found' : 'Method not allowed';
  const body = JSON.stringify({ type: 'about:blank', title, status, detail });
  return { status, type: 'application/problem+json', body };
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}

function explain(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE')
    return new CannotListen(`Port ${port} on ${host} is taken. Set WORKER_PORT to another one.`);
  if (error.code === 'EACCES')
    return new CannotListen(`Port ${port} may not be used by this user. Set WORKER_PORT to one above 1023.`);
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return new CannotListen(`This machine has no address ${host}. Set WORKER_HOST to one it has.`);
  return error;
}
