// Midjourney's provider under a real worker: one job at a time, and a cancelled task cancels its job.
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { type Content, openContent } from '../../content/index.ts';
import { MediaProviderRegistry } from '../../providers/index.ts';
import { MidjourneyProvider } from '../../providers/media/midjourney/midjourney.ts';
import { cancelTask, enqueueTask, openQueue, type Queue } from '../../queue/index.ts';
import { MediaActor } from '../../worker/actors/media.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { startTestWorker, taskEnd, taskWhen } from '../worker/start.ts';
import { hurriedClock } from './hurried-clock.ts';
import { MidjourneyStandIn, openMidjourney } from './standins/midjourney.ts';

let queue: Queue;
let content: Content;
beforeAll(async () => {
  const db = await testDatabase();
  queue = await openQueue(db);
  content = await openContent(db);
});

async function start() {
  const proxy = await openMidjourney();
  const bytes = await sharp({ create: { width: 32, height: 32, channels: 3, background: '#33d' } })
    .png()
    .toBuffer();
  proxy.file = { bytes, content_type: 'image/png' };
  const providers = new MediaProviderRegistry();
  const options = { key: MidjourneyStandIn.key, base_url: proxy.url, clock: hurriedClock };
  const hosts = ['127.0.0.1'];
  providers.register('midjourney', () => new MidjourneyProvider(options), { concurrency: 1, hosts });
  await startTestWorker(queue, [new MediaActor(providers)], { content, providers, capacity: 8 });
  return proxy;
}

const enqueue = (params: object = {}, action_type = 'txt2img') =>
  enqueueTask(queue, {
    actor: 'media',
    payload: { provider: 'midjourney', action_type, params: { prompt: 'Red fox', ...params } },
  });

test('a grid of four is stored, and one of it upscaled; others wait meanwhile', async () => {
  const proxy = await start();
  const tasks = await Promise.all([enqueue(), enqueue(), enqueue()]);
  for (const { task_id } of tasks) {
    const { result } = await taskEnd(queue, task_id, 30_000);
    expect(result).toMatchObject({ content_ids: expect.objectContaining({ length: 4 }) });
  }
  expect(proxy.gauge.peak).toBe(1);
  const { provider_task_id } = (await content.generations.findOne({ provider: 'midjourney' }))!;
  const { task_id } = await enqueue({ upscale_of: provider_task_id, index: 2 });
  expect((await taskEnd(queue, task_id, 30_000)).result).toMatchObject({
    content_ids: expect.objectContaining({ length: 1 }),
  });
});

test('the percent is shown while it runs, and a cancelled task cancels its job', async () => {
  const proxy = await start();
  proxy.steps = [{ status: 'progress', percent: 40 }];
  const { task_id } = await enqueue();
  const shown = await taskWhen(queue, task_id, ({ progress }) => (progress?.fraction ?? 0) > 0);
  expect(shown.progress).toMatchObject({ message: 'Midjourney is at 40 %', fraction: expect.closeTo(0.38) });
  await cancelTask(queue, task_id);
  expect(await taskEnd(queue, task_id, 30_000)).toMatchObject({ status: 'cancelled' });
  expect(proxy.asks(/^DELETE/)).toHaveLength(1);
});

test('a source picture keeps the address that it was given by', async () => {
  const proxy = await start();
  const source_image = `${proxy.url}/files/source.png`;
  const { task_id } = await enqueue({ source_image }, 'img2img');
  expect(await taskEnd(queue, task_id, 30_000)).toMatchObject({ status: 'completed' });
  expect(proxy.jobs[0]!.request).toMatchObject({ prompt: `${source_image} Red fox` });
});
