// Schedules: tasks by the clock. Their payloads pass the same door as those of tasks.
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import {
  checkInput,
  createSchedule,
  deleteSchedule,
  getSchedule,
  listSchedules,
  newScheduleSchema,
  noteRun,
  type Schedule,
  ScheduleNotFound,
  schedulePatchSchema,
  updateSchedule,
  urlsOf,
} from '../../queue/index.ts';
import { admitTask } from '../door.ts';
import { makeTask } from '../entry.ts';
import { readJson, readQuery, takeNoQuery } from '../input.ts';
import { pageQuery, readCursor, writeCursor } from '../pages.ts';
import { type AppEnv, type Parts, urlBase } from '../parts.ts';

export const listQuery = z.strictObject(pageQuery);

/** A schedule on the wire. */
interface ScheduleView extends Omit<Schedule, '_id' | 'next_run_at'> {
  schedule_id: string;
  /** Null while it is paused. */
  next_run_at: Date | null;
}

export function scheduleRoutes(parts: Parts): Hono<AppEnv> {
  const { queue } = parts;
  const app = new Hono<AppEnv>();
  const path = '/api/v1/schedules';

  app.get(path, async c => {
    const { limit, cursor } = readQuery(c, listQuery);
    const page = await listSchedules(queue, { limit, cursor: readCursor(cursor) });
    const next_cursor = page.next_cursor === null ? null : writeCursor(page.next_cursor);
    return c.json({ items: page.items.map(viewSchedule), next_cursor });
  });

  app.post(path, takeNoQuery, async c => {
    const asked = checkInput(newScheduleSchema, await readJson(c));
    await admitTask(parts, asked, '/payload');
    const shown = viewSchedule(await createSchedule(queue, asked));
    return c.json(shown, 201, { Location: `${urlBase(c, parts)}${path}/${shown.schedule_id}` });
  });

  app.get(`${path}/:id`, takeNoQuery, async c => c.json(viewSchedule(await getSchedule(queue, pathId(c)))));

  app.patch(`${path}/:id`, takeNoQuery, async c => {
    const asked = checkInput(schedulePatchSchema, await readJson(c));
    const { actor, payload } = await getSchedule(queue, pathId(c));
    if (asked.actor !== undefined || asked.payload !== undefined)
      await admitTask(parts, { actor: asked.actor ?? actor, payload: asked.payload ?? payload }, '/payload');
    return c.json(viewSchedule(await updateSchedule(queue, pathId(c), asked)));
  });

  app.delete(`${path}/:id`, takeNoQuery, async c => {
    await deleteSchedule(queue, pathId(c));
    return c.body(null, 204);
  });

  app.post(`${path}/:id/run`, takeNoQuery, async c => {
    const schedule_id = pathId(c);
    const { actor, payload, priority } = await getSchedule(queue, schedule_id);
    const asked = { route: ['run', schedule_id], body: null };
    const { task, as } = await makeTask(c, parts, asked, async () => {
      await admitTask(parts, { actor, payload }, '/payload');
      return { actor, payload, priority };
    });
    if (as === 'new') await noteRun(queue, schedule_id, task._id);
    const Location = urlsOf(task._id, urlBase(c, parts)).self;
    return c.json({ task_id: task._id }, 202, { Location, 'Retry-After': '1' });
  });

  return app;
}

/** The schedule id in the path; anything that is not one is unknown. */
function pathId(c: Context): string {
  const schedule_id = c.req.param('id') ?? '';
  if (!/^sch_[0-9a-f-]{36}$/.test(schedule_id)) throw new ScheduleNotFound(schedule_id.slice(0, 60));
  return schedule_id;
}

function viewSchedule({ _id: schedule_id, next_run_at, ...schedule }: Schedule): ScheduleView {
  return { schedule_id, ...schedule, next_run_at: schedule.paused ? null : next_run_at };
}
