// The trace of a request in a server that has no OpenTelemetry SDK: tasks remember it all the same.
import { expect, test } from 'vitest';
import { getTask } from '../../queue/index.ts';
import { bodyOf, json, openApp, type TestApp } from './setup.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

async function post(
  { app }: TestApp,
  path: string,
  body: unknown,
  { asked = traceparent, method = 'POST' } = {},
) {
  const { headers, ...request } = json(body, method);
  return app.request(path, {
    ...request,
    headers: { ...Object.fromEntries(new Headers(headers)), traceparent: asked },
  });
}

const task = { actor: 'any', payload: {} };

test('every request that makes tasks leaves its traceparent in them, and no answer shows it', async () => {
  const t = await openApp();
  const one = await bodyOf(post(t, '/api/task', task));
  const many = await bodyOf(post(t, '/api/tasks', { tasks: [task, task] }));
  const schedule = { cron: '0 0 1 1 *', actor: 'any', payload: {} };
  const { schedule_id } = await bodyOf(post(t, '/api/v1/schedules', schedule));
  const ticked = await bodyOf(post(t, `/api/v1/schedules/${schedule_id}/run`, {}));
  await post(
    t,
    '/api/v1/rooms/lab/jobs',
    { category: 'analysis', name: 'sum', schema: {} },
    { method: 'PUT' },
  );
  const job = await bodyOf(post(t, '/api/v1/rooms/lab/tasks/lab:analysis:sum', { payload: {} }));
  const ids = [one.task_id, ...many.task_ids, ticked.task_id, job.task_id];
  for (const id of ids) {
    expect(await getTask(t.queue, id), id).toMatchObject({ traceparent });
    expect(await (await t.app.request(`/api/task/${id}`)).text()).not.toContain('0af7651916cd43dd');
  }
});

test('a traceparent that is none is ignored, and a body cannot say one', async () => {
  const t = await openApp();
  const { task_id } = await bodyOf(post(t, '/api/task', task, { asked: '{"$ne": null}' }));
  expect(await getTask(t.queue, task_id)).not.toHaveProperty('traceparent');
  expect((await post(t, '/api/task', { ...task, traceparent })).status).toBe(422);
});
