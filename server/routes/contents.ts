// What tasks have produced: the records of stored media and of the generations that made them.
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import {
  type Content,
  type ContentRecord,
  type Generation,
  getContent,
  getContents,
  getGeneration,
  isContentId,
  isMetadataId,
  listContents,
  listGenerations,
} from '../../content/index.ts';
import { InvalidInput } from '../../queue/index.ts';
import { nameText, readQuery, takeNoQuery } from '../input.ts';
import { pageQuery, readCursor, writeCursor } from '../pages.ts';
import type { AppEnv, Parts } from '../parts.ts';
import { Problem } from '../problems.ts';

export const generationsQuery = z.strictObject({
  ...pageQuery,
  workflow_run_id: nameText.optional(),
  status: z.enum(['processing', 'completed', 'failed']).optional(),
});

export const contentsQuery = z.strictObject({ ...pageQuery, workflow_run_id: nameText });

/** A generation on the wire: with the records of what it made, in order. */
type GenerationView = Generation & { contents: ContentRecord[] };

export function contentRoutes({ content }: Parts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();

  app.get('/api/v1/contents', async c => c.json(await listMedia(c, content)));

  app.get('/api/v1/contents/:id', takeNoQuery, async c => {
    const content_id = c.req.param('id') ?? '';
    const record = isContentId(content_id) ? await getContent(content, content_id) : null;
    if (!record) throw new Problem('not-found', 'There is no content with this id.');
    return c.json(record);
  });

  app.get('/api/v1/generations', async c => c.json(await listPage(c, content)));

  app.get('/api/v1/generations/:id', takeNoQuery, async c => {
    const metadata_id = c.req.param('id') ?? '';
    const found = isMetadataId(metadata_id) ? await getGeneration(content, metadata_id) : null;
    if (!found) throw new Problem('not-found', 'There is no generation with this id.');
    const [shown] = await withContents(content, [found]);
    return c.json(shown);
  });

  return app;
}

/** All media of a run, uploads included, newest first. */
async function listMedia(
  c: Context,
  content: Content,
): Promise<{ items: ContentRecord[]; next_cursor: string | null }> {
  const { limit, cursor, workflow_run_id } = readQuery(c, contentsQuery);
  const before = cursor === undefined ? undefined : readCursor(cursor);
  if (before !== undefined && !isContentId(before)) throw notACursor();
  const rows = await listContents(content, { workflow_run_id, before, limit: limit + 1 });
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items, next_cursor: last ? writeCursor(last.content_id) : null };
}

const notACursor = () => new InvalidInput([{ pointer: '/cursor', detail: 'is not a cursor of this list' }]);

async function listPage(
  c: Context,
  content: Content,
): Promise<{ items: GenerationView[]; next_cursor: string | null }> {
  const { limit, cursor, workflow_run_id, status } = readQuery(c, generationsQuery);
  if (workflow_run_id === undefined && status === undefined)
    throw new InvalidInput([{ pointer: '', detail: 'must say workflow_run_id, status, or both' }]);
  const after = readPlace(cursor);
  const rows = await listGenerations(content, { workflow_run_id, status, after, limit: limit + 1 });
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items: await withContents(content, items), next_cursor: last ? writePlace(last) : null };
}

function writePlace({ created_at, metadata_id }: Generation): string {
  return writeCursor(`${created_at.getTime()}.${metadata_id}`);
}

function readPlace(cursor: string | undefined): { created_at: Date; metadata_id: string } | undefined {
  if (cursor === undefined) return;
  const [, moment, metadata_id] = /^(\d{1,15})\.(.+)$/.exec(readCursor(cursor)) ?? [];
  if (moment === undefined || metadata_id === undefined || !isMetadataId(metadata_id)) throw notACursor();
  return { created_at: new Date(Number(moment)), metadata_id };
}

async function withContents(content: Content, found: readonly Generation[]): Promise<GenerationView[]> {
  const records = await getContents(
    content,
    found.flatMap(({ content_ids }) => content_ids),
  );
  return found.map(generation => ({
    ...generation,
    contents: generation.content_ids.flatMap(id => records.get(id) ?? []),
  }));
}
