// What actors kept besides their results: one artifact, lists of them, and whole trees.
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import {
  type ArtifactPlace,
  expandArtifact,
  getArtifact,
  isArtifactId,
  listArtifacts,
  maxLevels,
} from '../../content/index.ts';
import { InvalidInput } from '../../queue/index.ts';
import { nameText, readQuery, takeNoQuery, wholeNumber } from '../input.ts';
import { pageQuery } from '../pages.ts';
import type { AppEnv, Parts } from '../parts.ts';
import { Problem } from '../problems.ts';

export const listQuery = z.strictObject({
  ...pageQuery,
  parent: nameText.optional(),
  task_id: nameText.optional(),
});
export const expandQuery = z.strictObject({
  depth: wholeNumber(0, maxLevels).default(maxLevels),
  limit: wholeNumber(1, 1_000).default(1_000),
});

const unknownArtifact = () => new Problem('not-found', 'There is no artifact with this id.');

function pathArtifactId(c: Context): string {
  const artifact_id = c.req.param('id') ?? '';
  if (!isArtifactId(artifact_id)) throw unknownArtifact();
  return artifact_id;
}

/** Which list is meant; one index serves each. */
function readFilter({ parent, task_id }: { parent?: string | undefined; task_id?: string | undefined }) {
  if (parent !== undefined && task_id === undefined) return { parent_id: parent };
  if (task_id !== undefined && parent === undefined) return { task_id };
  throw new InvalidInput([{ pointer: '', detail: 'say either parent or task_id: whose artifacts' }]);
}

export function artifactRoutes({ content }: Parts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();

  app.get('/api/v1/artifacts', async c => {
    const { limit, cursor, ...of } = readQuery(c, listQuery);
    const { items, next } = await listArtifacts(content, readFilter(of), { limit, after: readPlace(cursor) });
    return c.json({ items, next_cursor: next && writePlace(next) });
  });

  app.get('/api/v1/artifacts/:id', takeNoQuery, async c => {
    const artifact = await getArtifact(content, pathArtifactId(c));
    if (!artifact) throw unknownArtifact();
    return c.json(artifact);
  });

  // Some clients encode the dollar.
  app.on('GET', ['/api/v1/artifacts/:id/$expand', '/api/v1/artifacts/:id/%24expand'], async c => {
    const { depth, limit } = readQuery(c, expandQuery);
    const expanded = await expandArtifact(content, pathArtifactId(c), { levels: depth, limit });
    if (!expanded) throw unknownArtifact();
    return c.json({ ...expanded.tree, truncated: expanded.truncated });
  });

  return app;
}

function writePlace({ created_at, artifact_id }: ArtifactPlace): string {
  return Buffer.from(`${created_at.getTime()}.${artifact_id}`).toString('base64url');
}

function readPlace(cursor: string | undefined): ArtifactPlace | undefined {
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString();
  const [, moment, artifact_id] = /^(\d{1,15})\.(.+)$/.exec(text) ?? [];
  if (!moment || !artifact_id || !isArtifactId(artifact_id))
    throw new InvalidInput([{ pointer: '/cursor', detail: 'is not a cursor of this list' }]);
  return { created_at: new Date(Number(moment)), artifact_id };
}
