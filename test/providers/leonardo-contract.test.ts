// The stand-in for Leonardo speaks as Leonardo does: its own client, which checks every answer strictly, gets along with it.
import { Leonardo } from '@leonardo-ai/sdk';
import { ImageType } from '@leonardo-ai/sdk/sdk/models/operations/createimagetovideogeneration.js';
import { expect, test } from 'vitest';
import { LeonardoStandIn } from './standins/leonardo.ts';

async function open() {
  const service = new LeonardoStandIn();
  await service.open(10);
  return { service, client: new Leonardo({ bearerAuth: service.key, serverURL: service.base }) };
}

test('pictures: submit, look, list, delete', async () => {
  const { service, client } = await open();
  const { object } = await client.image.createGeneration({ prompt: 'Red fox', numImages: 2, seed: 7 });
  const id = object?.sdGenerationJob?.generationId ?? '';
  expect(object?.sdGenerationJob?.cost).toEqual({ amount: '0.02', unit: 'DOLLARS' });
  const looks = [];
  for (let look = 0; look < 3; look++) looks.push(await client.image.getGenerationById(id));
  const found = looks.map(look => look.object?.generationsByPk);
  expect(found.map(one => one?.status)).toEqual(['PENDING', 'PENDING', 'COMPLETE']);
  expect(found[0]?.generatedImages).toEqual([]);
  expect(found[2]).toMatchObject({ id, prompt: 'Red fox', seed: 7, imageWidth: 1024, imageHeight: 768 });
  expect(found[2]?.generatedImages?.map(({ url }) => url)).toEqual([
    expect.stringMatching(/\.png$/),
    expect.stringMatching(/\.png$/),
  ]);
  const list = await client.image.getGenerationsByUserId(service.userId, 5);
  expect(list.object?.generations?.map(one => [one.id, one.seed])).toEqual([[id, 7]]);
  const deleted = await client.image.deleteGenerationById(id);
  expect(deleted.object?.deleteGenerationsByPk?.id).toBe(id);
});

test('films of an uploaded picture', async () => {
  const { service, client } = await open();
  const form = (await client.initImages.uploadInitImage({ extension: 'png' })).object?.uploadInitImage;
  const body = new FormData();
  const fields = JSON.parse(form?.fields ?? '{}') as Record<string, string>;
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append('file', new Blob(['a picture']));
  expect((await fetch(form?.url ?? '', { method: 'POST', body })).status).toBe(204);
  service.statuses = ['COMPLETE'];
  const { object } = await client.motion.createImageToVideoGeneration({
    prompt: 'It runs',
    imageId: form?.id ?? '',
    imageType: ImageType.Uploaded,
  });
  const id = object?.motionVideoGenerationJob?.generationId ?? '';
  const found = (await client.image.getGenerationById(id)).object?.generationsByPk;
  expect(found?.generatedImages?.[0]?.motionMp4URL).toMatch(/\.mp4$/);
});

test('the account', async () => {
  const { service, client } = await open();
  const [details] = (await client.user.getUserSelf()).object?.userDetails ?? [];
  expect(details).toMatchObject({ user: { id: service.userId }, apiConcurrencySlots: 10 });
});

test('the store wants no Authorization header, and a form in two minutes', async () => {
  const { service } = await open();
  let now = 0;
  service.now = () => now;
  const ask = async () => {
    const headers = { authorization: `Bearer ${service.key}`, 'content-type': 'application/json' };
    const init = { method: 'POST', headers, body: '{"extension":"png"}' };
    const answer = (await (await fetch(`${service.base}/init-image`, init)).json()) as {
      uploadInitImage: { fields: string; url: string };
    };
    return answer.uploadInitImage;
  };
  const post = async (headers: Record<string, string>, laterMs: number) => {
    const { fields, url } = await ask();
    now += laterMs;
    const body = new FormData();
    for (const [name, value] of Object.entries(JSON.parse(fields) as Record<string, string>))
      body.append(name, value);
    body.append('file', new Blob(['a picture']));
    return (await fetch(url, { method: 'POST', body, headers })).status;
  };
  expect(await post({}, 119_000)).toBe(204);
  expect(await post({}, 121_000)).toBe(403);
  expect(await post({ authorization: `Bearer ${service.key}` }, 0)).toBe(403);
});

test.each([
  [{}, 'expected "prompt"'],
  [{ prompt: 'x', num_image: 1 }, 'unexpected variable'],
  [{ prompt: 'x', width: 500 }, 'invalid width'],
  [{ prompt: 'x', num_images: 5 }, 'Too many images'],
  [{ prompt: 'x', init_image_id: 'nobody' }, 'not found'],
])('the stand-in refuses %j: %s', async (body, words) => {
  const { service } = await open();
  const headers = { authorization: `Bearer ${service.key}`, 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(body) };
  const answer = await fetch(`${service.base}/generations`, init);
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({ error: expect.stringContaining(words), path: '$' });
});
