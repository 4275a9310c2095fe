// The bytes of stored pictures and films, and their thumbnails. A content never changes, so whoever may see it may keep it.
import type { Readable } from 'node:stream';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import {
  type Content,
  type ContentRecord,
  getContent,
  isContentId,
  readContent,
  readThumbnail,
} from '../../content/index.ts';
import { matchesEtag, readRange, type Slice } from '../etag.ts';
import { pathName, readQuery } from '../input.ts';
import { said } from '../log.ts';
import type { AppEnv, Parts } from '../parts.ts';
import { Problem } from '../problems.ts';

export const mediaQuery = z.object({ thumbnail: z.literal('1').optional() });

export function mediaRoutes(parts: Parts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();

  app.get('/workflow/:run/media/:file', async c => {
    const { thumbnail } = readQuery(c, mediaQuery);
    const record = await findRecord(c, parts.content);
    const file = thumbnail ? thumbnailOf(record, parts.content) : wholeOf(record, parts.content);
    const headers = headersOf(file, parts);
    if (matchesEtag(c.req.header('If-None-Match'), file.etag)) return c.body(null, 304, headers);
    const slice = askedRange(c, file);
    const { start, end } = slice ?? { start: 0, end: file.size };
    headers['Content-Length'] = String(end - start);
    if (slice) headers['Content-Range'] = `bytes ${start}-${end - 1}/${file.size}`;
    const status = slice ? 206 : 200;
    if (c.req.method === 'HEAD') return c.body(null, status, headers);
    return c.body(await openBody(parts, file, { start, end }), status, headers);
  });

  return app;
}

/** What is sent: a picture or film itself, or its thumbnail. */
interface SentFile {
  name: string;
  size: number;
  content_type: string;
  etag: string;
  open(slice: Slice): Promise<Readable | null>;
}

function wholeOf(record: ContentRecord, content: Content): SentFile {
  const { content_id: name, size, content_type, sha256 } = record;
  return {
    name,
    size,
    content_type,
    etag: `"${sha256}"`,
    open: slice => readContent(content, record, slice),
  };
}

/** Throws 404 where there is none: films, and pictures that could not be decoded. */
function thumbnailOf(record: ContentRecord, content: Content): SentFile {
  const { content_id, thumbnail, sha256 } = record;
  if (!thumbnail) throw new Problem('not-found', 'This media has no thumbnail.');
  return {
    name: `${content_id} (thumbnail)`,
    size: thumbnail.size,
    content_type: 'image/webp',
    etag: `"${sha256}-thumbnail"`,
    open: slice => readThumbnail(content, record, slice),
  };
}

/** The record that the path names, with its own run and its own extension; throws 404. */
async function findRecord(c: Context, content: Content): Promise<ContentRecord> {
  const run = pathName(c, 'run', 'workflow_run_id');
  const [, content_id = '', extension] = /^([^.]*)\.([^.]*)$/.exec(c.req.param('file') ?? '') ?? [];
  const record = isContentId(content_id) ? await getContent(content, content_id) : null;
  if (record?.workflow_run_id === run && record.extension === extension) return record;
  throw new Problem('not-found', 'This workflow run has no such media.');
}

function headersOf({ content_type, etag }: SentFile, { keys }: Parts): Record<string, string> {
  return {
    'Content-Type': content_type,
    ETag: etag,
    'Accept-Ranges': 'bytes',
    // A cache that many share would hand it to people without a key.
    'Cache-Control': `${keys ? 'private' : 'public'}, max-age=31536000, immutable`,
    'X-Content-Type-Options': 'nosniff',
    // Opened by itself, a file from a provider runs nothing in this origin.
    'Content-Security-Policy': "default-src 'none'; sandbox",
  };
}

function askedRange(c: Context, { size, etag }: SentFile): Slice | null {
  const condition = c.req.header('If-Range');
  if (condition !== undefined && condition !== etag) return null;
  const slice = readRange(c.req.header('Range'), size);
  if (slice !== 'unsatisfiable') return slice;
  const headers = { 'Content-Range': `bytes */${size}` };
  throw new Problem('range-not-satisfiable', `The file has ${size} bytes.`, { headers });
}

async function openBody({ log }: Parts, file: SentFile, slice: Slice): Promise<ReadableStream> {
  const stream = await file.open(slice).catch((err: unknown) => {
    log.error({ error: said(err), media: file.name }, 'stored media cannot be read');
    throw new Problem(
      'media-unavailable',
      'These media cannot be read just now. The log of the server has more.',
    );
  });
  if (!stream) throw new Problem('not-found', 'The bytes of this media are gone.');
  return toWeb(stream, err => log.error({ error: said(err), media: file.name }, 'stored media broke off'));
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
