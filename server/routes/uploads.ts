// Pictures that people bring, for actors to begin from. They come as they are, and are never whole in memory on their way.
import { setTimeout as pause } from 'node:timers/promises';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { type ContentRecord, newContentId, storeContent, UnreadablePicture } from '../../content/index.ts';
import { recognise, recognisedBy } from '../../providers/index.ts';
import { nameText, readQuery } from '../input.ts';
import { type AppEnv, type Parts, urlBase } from '../parts.ts';
import { Problem } from '../problems.ts';

/** What actors accept as a source picture. */
const mostBytes = 32 * 1024 ** 2;

export const uploadQuery = z.strictObject({ workflow_run_id: nameText.default('default') });

export function uploadRoutes(parts: Parts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();

  app.post('/api/v1/contents', async c => {
    const reader: BodyReader = c.req.raw.body?.getReader();
    try {
      const { workflow_run_id } = readQuery(c, uploadQuery);
      checkHeaders(c);
      const record = await store(parts, workflow_run_id, readBody(reader));
      const Location = `${urlBase(c, parts)}/api/v1/contents/${record.content_id}`;
      return c.json(record, 201, { Location });
    } catch (error) {
      await discardRest(reader);
      throw error;
    }
  });

  return app;
}

type BodyReader = ReadableStreamDefaultReader<Uint8Array> | undefined;

function checkHeaders(c: Context): void {
  if (!/^\s*image\//i.test(c.req.header('Content-Type') ?? ''))
    throw new Problem('unsupported-media-type', 'Send the bytes of a picture, as Content-Type: image/….');
  if (Number(c.req.header('Content-Length') ?? 0) > mostBytes) throw tooLarge();
}

async function store(
  { content }: Parts,
  workflow_run_id: string,
  body: AsyncGenerator<Uint8Array, void>,
): Promise<ContentRecord> {
  const head = await readHead(body);
  const format = recognise(head);
  if (format?.kind !== 'image')
    throw new Problem('unsupported-media-type', 'The bytes are no picture of a known kind.');
  const { content_type, extension } = format;
  const origin = { metadata_id: null, workflow_run_id, index: 0, provider_url: null };
  const about = { content_id: newContentId(), ...origin, content_type, extension };
  try {
    return await storeContent(content, { ...about, body: joined(head, body) }, { demandPicture: true });
  } catch (error) {
    if (error instanceof UnreadablePicture) throw new Problem('unsupported-media-type', error.message);
    throw error;
  }
}

/** The bytes as they come; throws a problem when they end early or are too many. */
async function* readBody(reader: BodyReader): AsyncGenerator<Uint8Array, void> {
  for (let size = 0; reader; ) {
    const { done, value } = await reader.read().catch(() => {
      throw new Problem('bad-request', 'The body ended too early.');
    });
    if (done) return;
    size += value.length;
    if (size > mostBytes) throw tooLarge();
    yield value;
  }
}

/** Reads on for a while: a client that is cut off while it sends does not see why it was refused. */
async function discardRest(reader: BodyReader): Promise<void> {
  const patience = new AbortController();
  const read = async () => {
    for (let size = 0; reader && size < 2 * mostBytes && !patience.signal.aborted; ) {
      const { done, value } = await reader.read();
      if (done) return;
      size += value.length;
    }
  };
  // The client may have gone, or say nothing more.
  await Promise.race([read().catch(() => {}), pause(3_000, undefined, { ref: false })]);
  patience.abort();
}

const tooLarge = () => new Problem('payload-too-large', `A picture may have ${mostBytes} bytes at most.`);

async function readHead(body: AsyncGenerator<Uint8Array, void>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < recognisedBy) {
    const { value } = await body.next();
    if (!value) break;
    head = Buffer.concat([head, value]);
  }
  return head;
}

async function* joined(
  head: Uint8Array,
  rest: AsyncGenerator<Uint8Array, void>,
): AsyncGenerator<Uint8Array, void> {
  yield head;
  yield* rest;
}
