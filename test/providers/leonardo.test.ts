// Leonardo from request to result, on a stand-in that speaks its documented protocol over real HTTP.
import { Leonardo } from '@leonardo-ai/sdk';
import { expect, test } from 'vitest';
import type { GenerationRequest } from '../../providers/index.ts';
import { LeonardoProvider } from '../../providers/media/leonardo/leonardo.ts';
import { Cancelled, Shutdown, verdictOf } from '../../worker/actors/errors.ts';
import { requestFor, sourceOf } from './request.ts';
import { picture } from './standins/files.ts';
import { LeonardoStandIn } from './standins/leonardo.ts';
import { quickClock } from './standins/stage.ts';

const limit = 3;

async function open(options: { api_key?: string } = {}) {
  const service = new LeonardoStandIn();
  await service.open(limit);
  const clock = quickClock();
  service.now = clock.now;
  const leonardo = new LeonardoProvider({
    api_key: service.key,
    base_url: service.base,
    clock,
    retryMs: 1,
    ...options,
  });
  return { service, leonardo, clock };
}

const submits = /^POST .*\/generations/;

async function failure(promise: Promise<unknown>): Promise<Error> {
  return promise.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => (error instanceof Error ? error : expect.unreachable('not an error')),
  );
}

test('a prompt becomes pictures, with what they cost, their ids and what Leonardo said', async () => {
  const { service, leonardo } = await open();
  const request = requestFor('Red fox', { num_images: 2, width: 512, height: 768, seed: 7 });
  const result = await leonardo.txt2img(request);
  const [made] = service.generations;
  expect(made?.body).toEqual({
    prompt: 'Red fox',
    num_images: 2,
    width: 512,
    height: 768,
    seed: 7,
    public: false,
  });
  expect(result.urls).toEqual(made?.images.map(({ id }) => `${service.url}/cdn/${id}.png`));
  expect(result).toMatchObject({
    provider_task_id: made?.id,
    cost: { amount: 0.02, unit: 'DOLLARS' },
    raw_response: {
      image_ids: made?.images.map(({ id }) => id),
      generation: { id: made?.id, status: 'COMPLETE', seed: 7 },
    },
  });
  expect(request.states).toEqual([
    { submitting: { since: expect.any(String), mark: 7 } },
    { external_id: made?.id, cost: { amount: 0.02, unit: 'DOLLARS' } },
  ]);
  expect(request.said.map(({ message }) => message)).toEqual(['Leonardo is at work', 'Leonardo is at work']);
});

test('a seed is sent also when nobody asked for one, another one each time', async () => {
  const { service, leonardo, clock } = await open();
  const numbers = [0.25, 0.75];
  clock.random = () => numbers.shift() ?? 0.5;
  await leonardo.txt2img(requestFor('one'));
  numbers.splice(0, 1, 0.75);
  await leonardo.txt2img(requestFor('two'));
  const seeds = service.generations.map(({ body }) => Number(body.seed));
  expect(new Set(seeds).size).toBe(2);
  for (const seed of seeds) expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31).toBe(true);
});

test('a source picture is uploaded by a form that gets none of our headers, then named', async () => {
  const { service, leonardo } = await open();
  const request = requestFor('Red fox', { init_strength: 0.3 }, { source_image: sourceOf(picture) });
  await leonardo.img2img(request);
  const [upload] = service.uploads;
  expect(upload?.bytes?.equals(picture)).toBe(true);
  expect(service.asks(/^POST \/store/).map(({ authorization }) => authorization)).toEqual([undefined]);
  expect(service.generations[0]?.body).toMatchObject({ init_image_id: upload?.id, init_strength: 0.3 });
});

test('a film is made of an uploaded picture, or without an upload of one that Leonardo made', async () => {
  const { service, leonardo } = await open();
  const { raw_response } = await leonardo.txt2img(requestFor('Red fox'));
  const { image_ids } = raw_response as { image_ids: string[] };
  const source = { source_image: sourceOf(picture) };
  const uploaded = await leonardo.img2vid(requestFor('It runs', { resolution: 'RESOLUTION_720' }, source));
  const generated = await leonardo.img2vid(requestFor('It runs', { image_id: image_ids[0], model: 'VEO3' }));
  const [, first, second] = service.generations;
  expect(first?.body).toMatchObject({
    imageId: service.uploads[0]?.id,
    imageType: 'UPLOADED',
    model: 'MOTION2',
    resolution: 'RESOLUTION_720',
    isPublic: false,
  });
  expect(second?.body).toMatchObject({ imageId: image_ids[0], imageType: 'GENERATED', model: 'VEO3' });
  for (const { urls } of [uploaded, generated]) expect(urls).toEqual([expect.stringMatching(/\.mp4$/)]);
  expect(service.uploads).toHaveLength(1);
});

test('a generated picture can be the start of another', async () => {
  const { service, leonardo } = await open();
  await leonardo.txt2img(requestFor('Red fox'));
  const image_id = service.generations[0]?.images[0]?.id;
  await leonardo.img2img(requestFor('Blue fox', { image_id }));
  expect(service.generations[1]?.body).toMatchObject({ init_generation_image_id: image_id });
  expect(service.uploads).toEqual([]);
});

test('a form that got too old is replaced by a new one', async () => {
  const { service, leonardo, clock } = await open();
  const waits = [121_000, 0];
  // The store's clock is ahead by the time that an upload takes.
  service.now = () => clock.now() + (service.asks(/^POST \/store/).length > 0 ? (waits.shift() ?? 0) : 0);
  await leonardo.img2img(requestFor('Red fox', {}, { source_image: sourceOf(picture) }));
  expect(service.asks(/init-image/)).toHaveLength(2);
  expect(service.generations[0]?.body.init_image_id).toBe(service.uploads[1]?.id);
});
