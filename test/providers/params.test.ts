// All providers together: what each can be asked for passes the server's door and the worker alike, and nothing else does.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defaultProviders } from '../../providers/index.ts';
import { MediaActor } from '../../worker/actors/media.ts';

const { input } = new MediaActor(
  defaultProviders({ FAL_KEY: 'k', MIDJOURNEY_BASE_URL: 'https://proxy.example' }),
);
const { $schema: _, ...schema } = z.toJSONSchema(input, { io: 'input' });
const door = new Ajv2020({ allErrors: true, strict: false, validateFormats: false }).compile(schema);

const payloadOf = (provider: string, action_type: string, params: object) => ({
  provider,
  action_type,
  params: { prompt: 'Red fox', ...params },
});

const source_image = 'https://pictures.example/fox.png';

test.each([
  ['studio', 'txt2img', {}],
  ['leonardo', 'txt2img', {}],
  ['midjourney', 'txt2img', { aspect_ratio: '16:9', version: 'niji 6', seed: 4_294_967_295 }],
  ['midjourney', 'txt2img', { upscale_of: 'j1-u1-c2-bot:midjourney', index: 4 }],
  ['midjourney', 'img2img', { source_image, image_weight: 2 }],
  [
    'fal',
    'txt2img',
    { model: 'fal-ai/flux/schnell', input: { enable_safety_checker: true, loras: [{ path: 'x' }] } },
  ],
  ['fal', 'img2img', { source_image, strength: 0.5 }],
  ['fal', 'img2vid', { source_image, duration: '10' }],
])('%s can do %s with %j', (provider, action, params) => {
  const payload = payloadOf(provider, action, params);
  expect([door(payload), door.errors]).toEqual([true, null]);
  expect(input.parse(payload).params).toMatchObject(params);
});

test.each([
  ['midjourney', 'img2vid', {}],
  ['midjourney', 'txt2img', { aspect_ratio: 'wide' }],
  ['midjourney', 'txt2img', { index: 0 }],
  ['midjourney', 'img2img', {}],
  ['fal', 'txt2img', { model: '../admin' }],
  ['fal', 'txt2img', { model: 'fal-ai/flux/requests/x' }],
  ['fal', 'txt2img', { input: { sync_mode: true } }],
  ['fal', 'txt2img', { num_images: 5 }],
  ['fal', 'img2img', {}],
  ['fal', 'img2vid', { source_image, duration: '7' }],
])('%s cannot do %s with %j', (provider, action, params) => {
  const payload = payloadOf(provider, action, params);
  expect(door(payload)).toBe(false);
  expect(input.safeParse(payload).success).toBe(false);
});

test('a source picture that Midjourney could not fetch is refused at the door', () => {
  expect(door(payloadOf('midjourney', 'img2img', { source_image: 'gc_0190' }))).toBe(false);
});
