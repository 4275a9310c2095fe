// The description of the app, with the actors that are published now.
import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import { listActors, type Queue } from '../../queue/index.ts';
import { matchesEtag } from '../etag.ts';
import { type AppEnv, type Parts, urlBase } from '../parts.ts';

interface Description {
  /** Base and actors that it was made from. */
  of: string;
  text: string;
  etag: string;
}

// Anybody may ask without a key: not one read of the catalog for each.
const freshMs = 1_000;

export function openapiRoutes(parts: Parts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const describe = openDescription(parts.queue);
  app.get('/openapi.json', async c => {
    const { text, etag } = await describe(urlBase(c, parts));
    c.header('ETag', etag);
    c.header('Cache-Control', 'no-cache');
    if (matchesEtag(c.req.header('If-None-Match'), etag)) return c.body(null, 304);
    return c.body(text, 200, { 'Content-Type': 'application/json' });
  });
  return app;
}

/** Resolves the description for a base, at most a second behind the catalog, and made anew only when that has changed. */
function openDescription(queue: Queue): (base: string) => Promise<Description> {
  let known: Description | undefined;
  let looked = { at: -Infinity, base: '', description: Promise.resolve<Description | undefined>(known) };

  async function look(base: string): Promise<Description> {
    const actors = await listActors(queue);
    const of = JSON.stringify([
      base,
      ...actors.map(actor => [actor._id, actor.description, actor.input, actor.output]),
    ]);
    if (known?.of === of) return known;
    // Its schemas are needed by nothing else: most servers are never asked for it.
    const { describeApi } = await import('../openapi/document.ts');
    const text = JSON.stringify(describeApi(actors, base));
    const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
    known = { of, text, etag };
    return known;
  }

  return async base => {
    const fresh = looked.base === base && performance.now() - looked.at < freshMs;
    const description = fresh ? looked.description : look(base);
    if (!fresh) looked = { at: performance.now(), base, description };
    const found = await description.catch((error: unknown) => {
      looked.at = -Infinity;
      throw error;
    });
    return found ?? look(base);
  };
}
