// Lanes over HTTP: their list, one by its key, and changing them.
import { beforeAll, expect, test } from 'vitest';
import { type LaneView, publishLimits } from '../../queue/index.ts';
import { bodyOf, claimAll, enqueue, json, openApp, type TestApp } from './setup.ts';

let app: TestApp;
beforeAll(async () => {
  app = await openApp();
});

const studio = { actor: 'media', payload: { provider: 'studio', action_type: 'txt2img', params: {} } };
const ask = async (path: string) => {
  const answer = await app.app.request(path);
  return {
    status: answer.status,
    body: (await answer.json()) as LaneView & { items: LaneView[]; detail: string },
  };
};
const patch = (key: string, body: unknown) => app.app.request(`/api/v1/lanes/${key}`, json(body, 'PATCH'));

test('a lane is shown with what waits and runs, in the list and by itself', async () => {
  for (let n = 0; n < 5; n++) await enqueue(app.queue, studio);
  await enqueue(app.queue);
  await claimAll(app.queue);
  const { body } = await ask('/api/v1/lanes');
  expect(body.items.map(({ key }) => key)).toEqual(['any#all', 'studio']);
  const shown = {
    key: 'studio',
    limit: 2,
    default_limit: 2,
    limit_set: false,
    paused: false,
    cooldown_until: null,
    queued: 3,
    running: 2,
  };
  expect((await ask('/api/v1/lanes/studio')).body).toMatchObject(shown);
  expect(body.items[1]).toMatchObject(shown);
  expect((await ask('/api/v1/lanes/any%23all')).body).toMatchObject({ limit: null, running: 1 });
  const page = await ask('/api/v1/lanes?limit=1');
  const next = (page.body as unknown as { next_cursor: string }).next_cursor;
  expect((await ask(`/api/v1/lanes?limit=1&cursor=${next}`)).body).toMatchObject({
    items: [{ key: 'studio' }],
    next_cursor: null,
  });
});

test('a change is answered with the lane as it is then', async () => {
  const until = '2099-01-01T00:00:00.000Z';
  const answer = await patch('studio', { limit: 7, paused: true, cooldown_until: until });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({
    limit: 7,
    paused: true,
    cooldown_until: until,
    limit_set: true,
  });
  const [media] = await app.queue.actors.find({ _id: 'media' }).toArray();
  await publishLimits(app.queue, [
    {
      name: 'media',
      ...media!,
      input: null,
      output: null,
      concurrency: { key: '/provider', limits: { studio: 3 }, default: 1 },
    },
  ]);
  expect((await ask('/api/v1/lanes/studio')).body).toMatchObject({ limit: 7 });
  const back = await patch('studio', { limit: 'default', paused: false, cooldown_until: null });
  expect(await back.json()).toMatchObject({
    limit: 2,
    limit_set: false,
    paused: false,
    cooldown_until: null,
  });
});

test('what cannot be a change is refused by name, and nothing is changed', async () => {
  const bad: [unknown, string][] = [
    [{ limit: 0 }, '/limit'],
    [{ limit: 10_001 }, '/limit'],
    [{ limit: 1.5 }, '/limit'],
    [{ limit: 'none' }, '/limit'],
    [{ paused: 'yes' }, '/paused'],
    [{ cooldown_until: 'soon' }, '/cooldown_until'],
    [{ limits: 3 }, '/limits'],
    [{ limit: 4, paused: 1 }, '/paused'],
    [{}, ''],
  ];
  for (const [body, pointer] of bad) {
    const answer = await patch('studio', body);
    expect([body, answer.status]).toEqual([body, 422]);
    expect((await bodyOf(answer)).errors[0]).toMatchObject({ pointer });
  }
  expect((await bodyOf(patch('any%23all', { limit: 3 }))).errors).toMatchObject([{ pointer: '/limit' }]);
  expect((await ask('/api/v1/lanes/studio')).body).toMatchObject({ limit: 2, paused: false });
});

test('an unknown lane is a 404 for looking and for changing', async () => {
  for (const key of ['nobody', 'any', 'nobody%23all', 'route%3Amedia', 'any%239']) {
    expect([key, (await ask(`/api/v1/lanes/${key}`)).status]).toEqual([key, 404]);
    expect([key, (await patch(key, { paused: true })).status]).toEqual([key, 404]);
  }
});
