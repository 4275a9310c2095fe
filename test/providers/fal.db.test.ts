// fal.ai's provider under real workers: never more at once than its limit, and one paid request a task, whoever runs it.
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { type Content, openContent } from '../../content/index.ts';
import { MediaProviderRegistry } from '../../providers/index.ts';
import { FalProvider } from '../../providers/media/fal/fal.ts';
import { enqueueTask, openQueue, type Queue } from '../../queue/index.ts';
import { MediaActor } from '../../worker/actors/media.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { startTestWorker, taskEnd } from '../worker/start.ts';
import { hurriedClock } from './hurried-clock.ts';
import { FalStandIn as Fal, type FalStandIn, openFal } from './standins/fal.ts';

const limit = 2;
let queue: Queue;
let content: Content;
let picture: Buffer;
beforeAll(async () => {
  const db = await testDatabase();
  queue = await openQueue(db);
  content = await openContent(db);
  picture = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#d33' } })
    .png()
    .toBuffer();
});

async function openStage() {
  const fal = await openFal({ limit });
  fal.file = { bytes: picture, content_type: 'image/png' };
  return fal;
}

function workerFor(fal: FalStandIn) {
  const providers = new MediaProviderRegistry();
  const provider = new FalProvider({ key: Fal.key, base_url: fal.url, clock: hurriedClock });
  providers.register('fal', () => provider, { concurrency: limit, hosts: ['127.0.0.1'] });
  return startTestWorker(queue, [new MediaActor(providers)], { content, providers, capacity: 8 });
}

const enqueue = (params: object = {}) =>
  enqueueTask(queue, {
    actor: 'media',
    payload: { provider: 'fal', action_type: 'txt2img', params: { prompt: 'Red fox', ...params } },
  });

test('two workers with room for all tasks keep the limit, and every picture is stored', async () => {
  const fal = await openStage();
  await workerFor(fal);
  await workerFor(fal);
  const tasks = await Promise.all(Array.from({ length: 6 }, () => enqueue({ num_images: 2 })));
  for (const { task_id } of tasks)
    expect(await taskEnd(queue, task_id, 30_000)).toMatchObject({ status: 'completed' });
  expect(fal.gauge.peak).toBe(limit);
  expect(fal.jobs).toHaveLength(tasks.length);
  const generations = await content.generations.find({ provider: 'fal' }).toArray();
  expect(new Set(generations.map(({ provider_task_id }) => provider_task_id))).toEqual(
    new Set(fal.jobs.map(({ id }) => id)),
  );
  expect(await content.contents.countDocuments({ size: picture.length, width: 64, height: 48 })).toBe(12);
  const downloads = fal.asks(/^GET \/files/);
  expect(downloads.map(({ authorization }) => authorization)).toEqual(
    Array.from({ length: 12 }, () => undefined),
  );
});

test('a worker that stops leaves its request to the next one', async () => {
  const fal = await openStage();
  fal.steps = [{ status: 'IN_PROGRESS', messages: ['1/2 steps'] }];
  const first = await workerFor(fal);
  const { task_id } = await enqueue();
  await waitFor(() => fal.asks(/status/).length > 2);
  await first.stop({ release: true });
  fal.jobs[0]!.steps = [{ status: 'COMPLETED' }];
  await workerFor(fal);
  expect(await taskEnd(queue, task_id, 30_000)).toMatchObject({
    status: 'completed',
    retry_count: 0,
    attempt: 2,
  });
  expect(fal.asks(/^POST/)).toHaveLength(1);
  expect(fal.jobs[0]!.cancelled).toBe(false);
});
