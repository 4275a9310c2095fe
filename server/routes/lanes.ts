// Lanes: what waits and runs under each key, and changing a limit, a pause or a rest while all of it works.
import { Hono } from 'hono';
import { z } from 'zod';
import {
  changeLane,
  checkInput,
  findLaneView,
  type LaneView,
  lanePatchSchema,
  listLanes,
} from '../../queue/index.ts';
import { pathName, readJson, readQuery, takeNoQuery } from '../input.ts';
import { pageQuery, readCursor, writeCursor } from '../pages.ts';
import type { AppEnv, Parts } from '../parts.ts';
import { Problem } from '../problems.ts';

export const listQuery = z.strictObject(pageQuery);

export function laneRoutes({ queue }: Parts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const path = '/api/v1/lanes';

  app.get(path, async c => {
    const { limit, cursor } = readQuery(c, listQuery);
    const { items, next_cursor } = await listLanes(queue, { limit, cursor: readCursor(cursor) });
    return c.json({ items, next_cursor: next_cursor === null ? null : writeCursor(next_cursor) });
  });

  app.get(`${path}/:key`, takeNoQuery, async c => {
    const key = pathName(c, 'key', 'key');
    return c.json(known(key, await findLaneView(queue, key)));
  });

  app.patch(`${path}/:key`, takeNoQuery, async c => {
    const key = pathName(c, 'key', 'key');
    const asked = checkInput(lanePatchSchema, await readJson(c));
    return c.json(known(key, await changeLane(queue, key, asked)));
  });

  return app;
}

function known(key: string, lane: LaneView | null): LaneView {
  if (lane) return lane;
  const detail = `There is no lane "${key.slice(0, 60)}". Lanes are named by the key that a limit counts, and tasks of an actor without a limit wait in "<actor>#all".`;
  throw new Problem('not-found', detail);
}
