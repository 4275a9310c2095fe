// The bytes of stored pictures and films. A content never changes, so everybody may keep it.
import type { Readable } from 'node:stream';
import { type Context, Hono } from 'hono';
import {
  type Content,
  type ContentRecord,
  getContent,
  isContentId,
  readContent,
} from '../../content/index.ts';
import { matchesEtag, readRange, type Slice } from '../etag.ts';
import { pathName } from '../input.ts';
import type { AppEnv, Parts } from '../parts.ts';
import { Problem } from '../problems.ts';

export function mediaRoutes(parts: Parts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();

  app.get('/workflow/:run/media/:file', async c => {
    const record = await findRecord(c, parts.content);
    const etag = `"${record.sha256}"`;
    const headers = headersOf(record, etag);
    if (matchesEtag(c.req.header('If-None-Match'), etag)) return c.body(null, 304, headers);
    const slice = askedRange(c, record.size, etag);
    const { start, end } = slice ?? { start: 0, end: record.size };
    headers['Content-Length'] = String(end - start);
    if (slice) headers['Content-Range'] = `bytes ${start}-${end - 1}/${record.size}`;
    const status = slice ? 206 : 200;
    if (c.req.method === 'HEAD') return c.body(null, status, headers);
    return c.body(await openBody(parts, record, { start, end }), status, headers);
  });

  return app;
}

/** The record that the path names, with its own run and its own extension; throws 404. */
async function findRecord(c: Context, content: Content): Promise<ContentRecord> {
  const run = pathName(c, 'run', 'workflow_run_id');
  const [, content_id = '', extension] = /^([^.]*)\.([^.]*)$/.exec(c.req.param('file') ?? '') ?? [];
  const record = isContentId(content_id) ? await getContent(content, content_id) : null;
  if (record?.workflow_run_id === run && record.extension === extension) return record;
  throw new Problem('not-found', 'This workflow run has no such media.');
}

function headersOf({ content_type }: ContentRecord, etag: string): Record<string, string> {
  return {
    'Content-Type': content_type,
    ETag: etag,
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'public, max-age=31536000, immutable',
    'X-Content-Type-Options': 'nosniff',
    // Opened by itself, a file from a provider runs nothing in this origin.
    'Content-Security-Policy': "default-src 'none'; sandbox",
  };
}

function askedRange(c: Context, size: number, etag: string): Slice | null {
  const condition = c.req.header('If-Range');
  if (condition !== undefined && condition !== etag) return null;
  const slice = readRange(c.req.header('Range'), size);
  if (slice !== 'unsatisfiable') return slice;
  const headers = { 'Content-Range': `bytes */${size}` };
  throw new Problem('range-not-satisfiable', `The file has ${size} bytes.`, { headers });
}

async function openBody(
  { content, log }: Parts,
  { content_id }: ContentRecord,
  slice: Slice,
): Promise<ReadableStream> {
  const stream = await readContent(content, content_id, slice);
  if (!stream) throw new Problem('not-found', 'The bytes of this media are gone.');
  return toWeb(stream, err => log.error({ err, content_id }, 'stored media broke off'));
}

/**
 * A node stream as the body of an answer: read as the client takes it, closed when the client goes. An error breaks the
 * answer off, and none of its text reaches the client.
 */
function toWeb(stream: Readable, onError: (error: unknown) => void): ReadableStream<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = stream[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await chunks.next();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          onError(error);
          controller.error(new Error('the media could not be read'));
        }
      },
      cancel: () => {
        stream.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}
