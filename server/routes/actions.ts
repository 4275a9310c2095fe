// One action on many tasks: those that are named, or all that match.
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import {
  actOnTasks,
  type BulkAction,
  type BulkRequest,
  bulkActions,
  checkInput,
  type TaskFilter,
  taskStatuses,
} from '../../queue/index.ts';
import { nameText, readJson, takeNoQuery } from '../input.ts';
import type { AppEnv, Parts } from '../parts.ts';

const status = z.enum(taskStatuses);

/** The names that lists take, and the type of the error; all that are given must hold. */
const taskFilter = z
  .strictObject({
    status: z
      .union([status, z.array(status).min(1).max(6)], 'must be a status, or a list of them')
      .optional(),
    actor: nameText.optional(),
    workflow_run_id: nameText.optional(),
    concurrency_identifier: nameText.optional(),
    tag: z.union([nameText, z.array(nameText).min(1).max(20)], 'must be a tag, or a list of them').optional(),
    worker_id: nameText.optional(),
    error_type: nameText.optional(),
  })
  .refine(
    filter => Object.keys(filter).length > 0,
    'is empty, which would mean every task: say status, actor, workflow_run_id, concurrency_identifier, tag, worker_id or error_type',
  )
  .transform(
    ({ status, tag, ...same }): TaskFilter => ({
      ...same,
      status: status === undefined ? undefined : [status].flat(),
      tags: tag === undefined ? undefined : [tag].flat(),
    }),
  );

/** The body of a request for one of these actions. */
export function actionSchema<A extends BulkAction, F extends z.ZodType<TaskFilter>>(
  actions: readonly A[],
  filter: F,
) {
  return z
    .strictObject({
      action: z.enum(actions, `must be one of ${actions.join(', ')}`),
      ids: z.array(nameText).min(1).max(1_000).optional(),
      filter: filter.optional(),
      dry_run: z.boolean().optional(),
      children: z.boolean().optional(),
    })
    .refine(body => !body.children || body.action === 'cancel', {
      message: 'belongs to cancel alone',
      path: ['children'],
    })
    .refine(
      body => (body.ids === undefined) !== (body.filter === undefined),
      'say either ids or filter: which tasks',
    );
}

/** What `actOnTasks` did, as the answer to a request of this form. */
export async function act(
  c: Context,
  { queue }: Parts,
  {
    action,
    ids = [],
    filter,
    dry_run,
    children,
  }: z.output<ReturnType<typeof actionSchema<BulkAction, typeof taskFilter>>>,
): Promise<Response> {
  const which: BulkRequest['which'] = filter === undefined ? { ids: [...new Set(ids)] } : { filter };
  const { matched, changed, more } = await actOnTasks(queue, { action, which, dry_run, children });
  return c.json({ matched, changed, ...(more && { more }) });
}

export const schema = actionSchema(bulkActions, taskFilter);

export function actionRoutes(parts: Parts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.post('/api/tasks/actions', takeNoQuery, async c =>
    act(c, parts, checkInput(schema, await readJson(c))),
  );
  return app;
}
