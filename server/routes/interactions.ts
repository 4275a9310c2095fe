// Interactions of a workflow run, and the media tasks that a person starts from one.
import { Hono } from 'hono';
import { z } from 'zod';
import { getInteraction, putInteraction } from '../../content/index.ts';
import {
  checkInput,
  findUnstorable,
  InvalidInput,
  type Json,
  type JsonObject,
  urlsOf,
} from '../../queue/index.ts';
import { admitTask, readTask } from '../door.ts';
import { makeTask } from '../entry.ts';
import { pathName, readJson, takeNoQuery } from '../input.ts';
import { type AppEnv, type Parts, urlBase } from '../parts.ts';
import { Problem } from '../problems.ts';

// What each field may hold is for the media actor's own schema to say.
export const subActionSchema = z.strictObject({
  provider: z.custom<Json>(),
  action_type: z.custom<Json>(),
  prompt_id: z.custom<Json>().optional(),
  params: z.custom<Json>().optional(),
  source_data: z.custom<Json>().optional(),
});

export function interactionRoutes(parts: Parts): Hono<AppEnv> {
  const { content } = parts;
  const app = new Hono<AppEnv>();

  app.put('/api/workflow/:run/interaction/:id', takeNoQuery, async c => {
    const workflow_run_id = pathName(c, 'run', 'workflow_run_id');
    const interaction_id = pathName(c, 'id', 'interaction_id');
    const outcome = await putInteraction(
      content,
      workflow_run_id,
      interaction_id,
      storable(await readJson(c)),
    );
    return c.json({ workflow_run_id, interaction_id }, outcome === 'created' ? 201 : 200);
  });

  const path = '/workflow/:run/interaction/:id/sub-action';
  app.on('POST', [path, `/api${path}`], takeNoQuery, async c => {
    const workflow_run_id = pathName(c, 'run', 'workflow_run_id');
    const interaction_id = pathName(c, 'id', 'interaction_id');
    const body = storable(await readJson(c));
    if (!(await getInteraction(content, workflow_run_id, interaction_id)))
      throw new Problem(
        'unknown-interaction',
        'This workflow run has no such interaction; PUT /api/workflow/:run/interaction/:id makes one.',
      );
    const route = ['sub-action', workflow_run_id, interaction_id];
    const { task } = await makeTask(c, parts, { route, body }, async () => {
      const asked = checkInput(subActionSchema, body);
      const payload = { workflow_run_id, interaction_id, ...asked };
      const read = readTask({ actor: 'media', payload, workflow_run_id });
      // The body is the payload without its ids, so that pointers begin at the body's own root.
      await admitTask(parts, read, '');
      return read;
    });
    const Location = urlsOf(task._id, urlBase(c, parts)).self;
    return c.json({ task_id: task._id }, 202, { Location, 'Retry-After': '1' });
  });

  return app;
}

/** A body that is an object which the database gives back exactly; throws InvalidInput. */
function storable(body: unknown): JsonObject {
  if (!isObject(body)) throw new InvalidInput([{ pointer: '', detail: 'must be an object' }]);
  const problem = findUnstorable(body);
  if (problem) throw new InvalidInput([problem]);
  return body;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
