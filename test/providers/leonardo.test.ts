// Leonardo from request to result, on a stand-in that speaks its documented protocol over real HTTP.
import { expect, test } from 'vitest';
import { LeonardoProvider } from '../../providers/media/leonardo/leonardo.ts';
import { Cancelled, Shutdown } from '../../worker/actors/errors.ts';
import { limit, openLeonardo } from './leonardo-open.ts';
import { failure } from './remote-serve.ts';
import { requestFor, sourceOf } from './request.ts';
import { picture } from './standins/files.ts';

test('a prompt becomes pictures, with what they cost, their ids and what Leonardo said', async () => {
  const { service, leonardo } = await openLeonardo();
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
  const { service, leonardo, clock } = await openLeonardo();
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
  const { service, leonardo } = await openLeonardo();
  const request = requestFor('Red fox', { init_strength: 0.3 }, { source_image: sourceOf(picture) });
  await leonardo.img2img(request);
  const [upload] = service.uploads;
  expect(upload?.bytes?.equals(picture)).toBe(true);
  expect(service.asks(/^POST \/store/).map(({ authorization }) => authorization)).toEqual([undefined]);
  expect(service.generations[0]?.body).toMatchObject({ init_image_id: upload?.id, init_strength: 0.3 });
});

test('a film is made of an uploaded picture, or without an upload of one that Leonardo made', async () => {
  const { service, leonardo } = await openLeonardo();
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
  const { service, leonardo } = await openLeonardo();
  await leonardo.txt2img(requestFor('Red fox'));
  const image_id = service.generations[0]?.images[0]?.id;
  await leonardo.img2img(requestFor('Blue fox', { image_id }));
  expect(service.generations[1]?.body).toMatchObject({ init_generation_image_id: image_id });
  expect(service.uploads).toEqual([]);
});

test('a form that got too old is replaced by a new one', async () => {
  const { service, leonardo, clock } = await openLeonardo();
  const waits = [121_000, 0];
  // The store's clock is ahead by the time that an upload takes.
  service.now = () => clock.now() + (service.asks(/^POST \/store/).length > 0 ? (waits.shift() ?? 0) : 0);
  await leonardo.img2img(requestFor('Red fox', {}, { source_image: sourceOf(picture) }));
  expect(service.asks(/init-image/)).toHaveLength(2);
  expect(service.generations[0]?.body.init_image_id).toBe(service.uploads[1]?.id);
});

test('a form that leads elsewhere without TLS gets no picture', async () => {
  const { service, leonardo } = await openLeonardo();
  const form = { id: 'i', fields: '{}', url: 'http://10.0.0.1/store' };
  service.plan(/init-image/, { status: 200, body: { uploadInitImage: form } });
  const request = requestFor('Red fox', {}, { source_image: sourceOf(picture) });
  expect(await failure(leonardo.img2img(request))).toMatchObject({
    name: 'InvalidRequestError',
    message: expect.stringContaining('no https:// address'),
  });
});

test('a store that takes no form is left after three', async () => {
  const { service, leonardo } = await openLeonardo();
  service.plan(/^POST \/store/, { status: 403 }, { status: 403 }, { status: 500 });
  const request = requestFor('Red fox', {}, { source_image: sourceOf(picture) });
  expect(await failure(leonardo.img2img(request))).toMatchObject({ name: 'ProviderUnavailableError' });
  expect(service.generations).toEqual([]);
  expect(request.states).toEqual([]);
});

test.each([
  ['img2img', {}, null, 'give source_image or image_id'],
  ['img2vid', {}, null, 'give source_image or image_id'],
  ['img2img', {}, { bytes: picture, content_type: 'image/gif', extension: 'gif' }, 'takes no gif'],
  ['txt2img', { num_images: 5, width: 1024, height: 512 }, null, 'at most 4 pictures'],
  ['txt2img', { width: 1000, height: 7 }, null, 'height'],
  ['img2vid', { model: 'MOTION9' }, { ...sourceOf(picture) }, 'model'],
] as const)('%s of %j is refused before anything is begun', async (action, params, source_image, words) => {
  const { service, leonardo } = await openLeonardo();
  const request = requestFor('Red fox', params, { source_image });
  const error = await failure(leonardo[action](request));
  expect(error).toMatchObject({ name: 'InvalidRequestError', message: expect.stringContaining(words) });
  expect(service.asked).toEqual([]);
  expect(request.states).toEqual([]);
});

test.each([
  [{ amount: '0.0315', unit: 'DOLLARS' }, null, { amount: 0.0315, unit: 'DOLLARS' }],
  [undefined, 0.024, { amount: 0.024, unit: 'CREDITS' }],
  [{ amount: 'a lot' }, 'free', null],
  [undefined, undefined, null],
])('a price of %j, %j is %j', async (cost, apiCreditCost, told) => {
  const { service, leonardo } = await openLeonardo();
  Object.assign(service, { cost, apiCreditCost });
  const { cost: kept } = await leonardo.txt2img(requestFor('fox'));
  expect(kept).toEqual(told);
});

test('a job is resumed by its id: nothing is submitted or uploaded', async () => {
  const { service, leonardo } = await openLeonardo();
  await leonardo.txt2img(requestFor('fox'));
  const external_id = service.generations[0]!.id;
  const resume = { external_id, cost: { amount: 3, unit: 'CREDITS' } };
  const again = await leonardo.img2img(requestFor('fox', {}, { resume, source_image: sourceOf(picture) }));
  expect(again).toMatchObject({ provider_task_id: external_id, cost: resume.cost });
  expect(service.asks(/^POST/)).toHaveLength(1);
});

test.each([
  [new Cancelled(), 1],
  [new Shutdown(), 0],
])('%s in the middle: %d job is deleted at Leonardo', async (reason, deleted) => {
  const { service, leonardo } = await openLeonardo();
  service.statuses = ['PENDING'];
  const controller = new AbortController();
  const request = requestFor(
    'fox',
    {},
    { signal: controller.signal, progress: () => controller.abort(reason) },
  );
  expect(await failure(leonardo.txt2img(request))).toBe(reason);
  expect(service.deleted).toHaveLength(deleted);
  expect(request.states.at(-1)).toEqual(
    deleted ? null : { external_id: service.generations[0]?.id, cost: expect.anything() },
  );
});

test('three at once are within the limit that the stand-in watches', async () => {
  const { service, leonardo } = await openLeonardo();
  await Promise.all(['a', 'b', 'c'].map(prompt => leonardo.txt2img(requestFor(prompt))));
  expect(service.gauge.peak).toBe(3);
});

test('the key stands in no result and in nothing that is kept', async () => {
  const { service, leonardo } = await openLeonardo();
  const request = requestFor(`a fox that says ${service.key}`);
  const result = await leonardo.txt2img(request);
  expect(JSON.stringify([result, request.states, request.said])).not.toContain(service.key);
});

test.each([
  [10, true, 'the key is accepted, 10 jobs at once'],
  [3, true, '3 jobs at once'],
  [2, false, 'lets 2 jobs run at once, but 3 tasks may run here'],
])('an account with %d slots: well is %s', async (slots, ok, detail) => {
  const { service, leonardo } = await openLeonardo();
  service.slots = slots;
  const found = await leonardo.checkAccount(limit, new AbortController().signal);
  expect(found).toMatchObject({ ok, detail: expect.stringContaining(detail) });
  expect(found?.advice === null).toBe(ok);
});

test('an account is not asked without a key, and a wrong key is told', async () => {
  const signal = new AbortController().signal;
  expect(await new LeonardoProvider().checkAccount(limit, signal)).toBe(null);
  const { leonardo } = await openLeonardo({ api_key: 'wrong' });
  expect(await leonardo.checkAccount(limit, signal)).toMatchObject({
    ok: false,
    detail: expect.stringContaining('does not accept the key'),
    advice: expect.stringContaining('LEONARDO_API_KEY'),
  });
});
