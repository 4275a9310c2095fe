// What is refused of a media task, and where: at the door by what a worker published, or in the worker by its settings.
import { beforeAll, expect, test } from 'vitest';
import { defaultProviders } from '../../providers/index.ts';
import { enqueueTask, publishActors } from '../../queue/index.ts';
import { MediaActor } from '../../worker/actors/media.ts';
import { ActorRegistry } from '../../worker/actors/registry.ts';
import { json, openApp, type TestApp } from '../server/setup.ts';
import { startTestWorker, taskEnd } from './start.ts';

// No keys: as it is where nobody has set any.
const providers = defaultProviders();

let t: TestApp;
beforeAll(async () => {
  t = await openApp();
  await publishActors(t.queue, new ActorRegistry([new MediaActor(providers)]).describe());
});

const media = (payload: object) => ({
  actor: 'media',
  payload: { params: { prompt: 'Red fox' }, ...payload },
});

test.each([
  ['an unknown provider', { provider: 'nobody', action_type: 'txt2img' }, '/payload/provider'],
  ['an unknown action', { provider: 'leonardo', action_type: 'txt2song' }, '/payload/action_type'],
  ['an action of no provider', { provider: 'studio', action_type: 'constructor' }, '/payload/action_type'],
  ['no provider', { action_type: 'txt2img' }, '/payload/provider'],
  [
    'a param that the provider refuses',
    { provider: 'leonardo', action_type: 'txt2img', params: { prompt: 'x', width: 33 } },
    '/payload/params/width',
  ],
])('%s is refused at the door, and nothing is enqueued', async (_name, payload, pointer) => {
  const before = await t.queue.tasks.countDocuments();
  const answer = await t.app.request('/api/task', json(media(payload)));
  expect(answer.status).toBe(422);
  const problem = (await answer.json()) as { errors: { pointer: string }[] };
  expect(problem.errors.map(error => error.pointer)).toContain(pointer);
  expect(await t.queue.tasks.countDocuments()).toBe(before);
});

test('a provider without its key fails for good, without a retry, and says which variable to set', async () => {
  await startTestWorker(t.queue, [new MediaActor(providers)], { content: t.content, providers });
  const { task_id } = await enqueueTask(t.queue, media({ provider: 'leonardo', action_type: 'txt2img' }));
  const task = await taskEnd(t.queue, task_id);
  expect(task).toMatchObject({
    status: 'failed',
    dead: true,
    retry_count: 0,
    error: { type: 'AuthenticationError' },
  });
  expect(task.error?.message).toContain('LEONARDO_API_KEY');
  expect(task.state ?? null).toBeNull();
  expect(await t.content.generations.findOne({ task_id })).toMatchObject({
    status: 'failed',
    provider_task_id: null,
  });
});
