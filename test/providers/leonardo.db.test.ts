// Leonardo under real workers, from task to stored media: the limit over all of them, the rest it asks for, one paid job a
// task whoever runs it, and the key nowhere in the database.
import { beforeAll, expect, test } from 'vitest';
import { type Content, openContent } from '../../content/index.ts';
import { MediaProviderRegistry } from '../../providers/index.ts';
import { LeonardoProvider } from '../../providers/media/leonardo/leonardo.ts';
import { enqueueTask, openQueue, type Queue } from '../../queue/index.ts';
import { MediaActor } from '../../worker/actors/media.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { startTestWorker, taskEnd } from '../worker/start.ts';
import { hurriedClock } from './hurried-clock.ts';
import { limit, submits } from './leonardo-open.ts';
import { LeonardoStandIn } from './standins/leonardo.ts';

let queue: Queue;
let content: Content;
beforeAll(async () => {
  const db = await testDatabase();
  queue = await openQueue(db);
  content = await openContent(db);
});

async function openService() {
  const service = new LeonardoStandIn();
  await service.open(limit);
  return service;
}

function workerFor(service: LeonardoStandIn) {
  const providers = new MediaProviderRegistry();
  const provider = new LeonardoProvider({
    api_key: service.key,
    base_url: service.base,
    clock: hurriedClock,
    retryMs: 1,
  });
  providers.register('leonardo', () => provider, { concurrency: limit, hosts: ['127.0.0.1'] });
  return startTestWorker(queue, [new MediaActor(providers)], { content, providers, capacity: 8 });
}

const enqueue = (action_type: string, params: object = {}) =>
  enqueueTask(queue, {
    actor: 'media',
    payload: { provider: 'leonardo', action_type, params: { prompt: 'Red fox', ...params } },
  });

const completed = async (task_id: string) => {
  const task = await taskEnd(queue, task_id, 30_000);
  expect([task.status, task.error?.message]).toEqual(['completed', undefined]);
  return task;
};

const generationOf = (task_id: string) => content.generations.findOne({ task_id, status: 'completed' });

test('two workers with room for all tasks keep the limit, and every picture is stored', async () => {
  const service = await openService();
  await workerFor(service);
  await workerFor(service);
  const tasks = await Promise.all(
    Array.from({ length: 8 }, () => enqueue('txt2img', { num_images: 2, width: 512, height: 512 })),
  );
  for (const { task_id } of tasks) await completed(task_id);
  expect(service.gauge.peak).toBe(limit);
  expect(service.generations).toHaveLength(tasks.length);
  for (const { task_id } of tasks) {
    const generation = await generationOf(task_id);
    expect(generation).toMatchObject({
      provider: 'leonardo',
      provider_task_id: expect.any(String),
      cost: { amount: 0.02, unit: 'DOLLARS' },
      response_data: { image_ids: [expect.any(String), expect.any(String)] },
    });
    expect(await content.contents.countDocuments({ metadata_id: generation?._id ?? '' })).toBe(2);
  }
});

test('a stored picture becomes another and a film: uploaded, or by the id that Leonardo knows it by', async () => {
  const service = await openService();
  await workerFor(service);
  const first = await completed((await enqueue('txt2img')).task_id);
  const { content_ids } = first.result as { content_ids: string[] };
  const image_id = service.generations[0]?.images[0]?.id;
  await completed((await enqueue('img2img', { source_image: content_ids[0] })).task_id);
  const film = await completed((await enqueue('img2vid', { image_id })).task_id);
  const { content_ids: films } = film.result as { content_ids: string[] };
  expect(await content.contents.findOne({ _id: films[0]! })).toMatchObject({ extension: 'mp4' });
  expect(service.generations.map(({ body }) => body)).toMatchObject([
    {},
    { init_image_id: service.uploads[0]?.id },
    { imageId: image_id, imageType: 'GENERATED' },
  ]);
});

test('a rest that Leonardo asks for pauses its lane and costs no retry', async () => {
  const service = await openService();
  service.plan(submits, { status: 429, headers: { 'retry-after': '1' }, body: { error: 'slow down' } });
  await workerFor(service);
  const task = await completed((await enqueue('txt2img')).task_id);
  expect(task).toMatchObject({ retry_count: 0, attempt: 2 });
});

test('a worker that stops leaves its job to the next one, which pays nothing', async () => {
  const service = await openService();
  service.statuses = ['PENDING'];
  const first = await workerFor(service);
  const { task_id } = await enqueue('txt2img');
  await waitFor(() => (service.generations[0]?.looks ?? 0) > 1);
  await first.stop({ release: true });
  service.generations[0]!.statuses = ['COMPLETE'];
  await workerFor(service);
  expect(await completed(task_id)).toMatchObject({ retry_count: 0, attempt: 2 });
  expect(service.asks(submits)).toHaveLength(1);
  expect(service.deleted).toEqual([]);
});

test('the key is nowhere in the database, also when the service repeats it in an error and in an answer', async () => {
  const service = await openService();
  await workerFor(service);
  service.plan(submits, { status: 400, body: { error: `the key ${service.key} may not do this` } });
  const refused = await taskEnd(queue, (await enqueue('txt2img')).task_id, 30_000);
  expect(refused).toMatchObject({ status: 'failed', error: { type: 'InvalidRequestError' } });
  expect(refused?.error?.message).toContain('the key *** may not');
  service.plan(/^GET .*\/generations\/[0-9a-f-]+$/, {
    status: 200,
    body: {
      generations_by_pk: {
        status: 'COMPLETE',
        apiKey: 'another-secret',
        note: service.key,
        generated_images: [{ id: 'i', url: `${service.url}/cdn/i.png` }],
      },
    },
  });
  await completed((await enqueue('txt2img')).task_id);
  for (const collection of await queue.db.collections()) {
    const found = JSON.stringify(await collection.find().toArray());
    expect([
      collection.collectionName,
      found.includes(service.key),
      found.includes('another-secret'),
    ]).toEqual([collection.collectionName, false, false]);
  }
});
