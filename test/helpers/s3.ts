// An S3 server for tests: fauxqs, or the one at CALLSHEET_TEST_S3 (MinIO, moto, …; keys from the environment). Before it stands
// a gate that can break connections, and that knows the one request which fauxqs lacks: the list of unfinished uploads.
import { once } from 'node:events';
import {
  request as ask,
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll } from 'vitest';
import { spawnNode } from './processes.ts';

export interface TestS3 {
  endpoint: string;
  bucket: string;
  /** For looking at the bucket from outside of the store. */
  client: S3Client;
  /** Asked of every request: true cuts its connection before it is answered. */
  cut: (request: { method: string; path: string }) => boolean;
  /** Breaks answers off after their first bytes. */
  truncates: boolean;
}

/** Starts a server with an empty bucket, until the test file ends. */
export async function startS3(): Promise<TestS3> {
  process.env.AWS_ACCESS_KEY_ID ??= 'test';
  process.env.AWS_SECRET_ACCESS_KEY ??= 'test';
  const given = process.env.CALLSHEET_TEST_S3;
  const upstream = new URL(given ?? (await startServer()));
  const s3 = { bucket: `callsheet-${crypto.randomUUID()}`, cut: () => false, truncates: false };
  const gate = createServer(given ? passTo(upstream, s3) : withList(upstream, s3));
  gate.listen(0, '127.0.0.1');
  await once(gate, 'listening');
  afterAll(() => close(gate));
  const endpoint = `http://127.0.0.1:${(gate.address() as AddressInfo).port}`;
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: s3.bucket }));
  return Object.assign(s3, { endpoint, client });
}

async function startServer(): Promise<string> {
  const server = spawnNode(['test/helpers/s3-server.mjs'], { mayOutlive: true });
  afterAll(() => void server.kill());
  return server.waitForLine(/^http/);
}

function close(gate: Server): void {
  gate.close();
  gate.closeAllConnections();
}

type Gate = Pick<TestS3, 'cut' | 'truncates'>;
type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Passes everything on as it comes, in both directions. */
function passTo(upstream: URL, gate: Gate, onAnswer: (path: URL, body: string) => void = () => {}): Answer {
  return (request, response) => {
    const { method = '', url = '', headers } = request;
    if (gate.cut({ method, path: url })) return void request.socket.destroy();
    const { hostname, port } = upstream;
    const onward = ask({ hostname, port, method, path: url, headers }, answered => {
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      if (method === 'POST' || method === 'DELETE')
        readText(answered, text => onAnswer(new URL(url, upstream), text));
      if (gate.truncates) answered.once('data', piece => response.write(piece, () => response.destroy()));
      else answered.pipe(response);
    });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    request.on('error', () => onward.destroy()).pipe(onward);
  };
}

function readText(answer: IncomingMessage, heard: (text: string) => void): void {
  let text = '';
  answer.on('data', chunk => (text += chunk)).on('end', () => heard(text));
}

/** Remembers which uploads were begun and not ended, as the answers tell it, and lists them. */
function withList(upstream: URL, gate: Gate): Answer {
  const uploads = new Map<string, string>();
  const pass = passTo(upstream, gate, ({ pathname, searchParams }, body) => {
    const [, begun] = /<UploadId>([^<]+)<\/UploadId>/.exec(body) ?? [];
    if (searchParams.has('uploads') && begun)
      uploads.set(begun, decodeURIComponent(pathname).replace(/^\/[^/]+\//, ''));
    else uploads.delete(searchParams.get('uploadId') ?? '');
  });
  return (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', upstream);
    const isList = request.method === 'GET' && searchParams.has('uploads') && /^\/[^/]+\/?$/.test(pathname);
    if (!isList) return pass(request, response);
    const prefix = searchParams.get('prefix') ?? '';
    const found = [...uploads].filter(([, key]) => key.startsWith(prefix));
    const rows = found.map(([id, key]) => `<Upload><Key>${key}</Key><UploadId>${id}</UploadId></Upload>`);
    response.setHeader('content-type', 'application/xml');
    response.end(
      `<?xml version="1.0"?><ListMultipartUploadsResult>${rows.join('')}</ListMultipartUploadsResult>`,
    );
  };
}
