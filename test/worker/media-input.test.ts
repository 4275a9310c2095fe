// What a media task may ask for: the same answer by the JSON Schema at the door and by zod in the worker.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  defaultProviders,
  type GenerationResult,
  type MediaProviderRegistry,
} from '../../providers/index.ts';
import { MediaActor } from '../../worker/actors/media.ts';
import { ActorRegistry } from '../../worker/actors/registry.ts';

const result: GenerationResult = { urls: [], raw_response: null, provider_task_id: null };

/** studio, and one that can do less and asks for other things. */
function twoProviders(): MediaProviderRegistry {
  const registry = defaultProviders();
  registry.register(
    'camera',
    () => ({
      params: {
        txt2img: z.object({
          prompt: z.string().max(10),
          width: z.int().min(32).max(4096).default(512),
          preset: z.enum(['a', 'b']),
        }),
      },
      txt2img: async () => result,
    }),
    { concurrency: 3 },
  );
  return registry;
}

function doors(registry: MediaProviderRegistry) {
  const { input } = new MediaActor(registry);
  const { $schema: _, ...schema } = z.toJSONSchema(input, { io: 'input' });
  return { schema, input, byJsonSchema: new Ajv2020({ allErrors: true, strict: false }).compile(schema) };
}

const alone = doors(defaultProviders());
const both = doors(twoProviders());

const ask = (params: object, rest: object = {}) => ({
  provider: 'studio',
  action_type: 'txt2img',
  params,
  ...rest,
});

test('a prompt is enough; everything else has a default', () => {
  const payload = ask({ prompt: 'Red fox' });
  expect(alone.byJsonSchema(payload)).toBe(true);
  expect(alone.input.parse(payload)).toEqual({
    provider: 'studio',
    action_type: 'txt2img',
    params: { prompt: 'Red fox', width: 1024, height: 1280, num_images: 1, seed: 0, duration_ms: 3000 },
    workflow_run_id: 'default',
    interaction_id: null,
    prompt_id: null,
    source_data: null,
  });
});

const good: [string, object][] = [
  [
    'all seven fields',
    ask(
      { prompt: 'x' },
      { workflow_run_id: 'wf_1', interaction_id: 'i', prompt_id: 'p', source_data: { $a: [1] } },
    ),
  ],
  [
    'nulls for what is not known',
    ask({ prompt: 'x' }, { interaction_id: null, prompt_id: null, source_data: null }),
  ],
  ['params nobody knows', ask({ prompt: 'x', negative_prompt: 'y' })],
  ['2000 emoji', ask({ prompt: '🚀'.repeat(2000) })],
  ['a film without a source picture', ask({ prompt: 'x' }, { action_type: 'img2vid' })],
  ['an empty source picture where none is needed', ask({ prompt: 'x', source_image: '' })],
];

test.each(good)('%s: yes, by both', (_name, payload) => {
  expect(alone.byJsonSchema(payload)).toBe(true);
  expect(alone.input.safeParse(payload).success).toBe(true);
  expect(both.byJsonSchema(payload)).toBe(true);
  expect(both.input.safeParse(payload).success).toBe(true);
});

const bad: [string, object, string][] = [
  ['an unknown provider', ask({ prompt: 'x' }, { provider: 'dalle' }), '/provider'],
  ['no provider', { action_type: 'txt2img', params: { prompt: 'x' } }, '/provider'],
  ['an unknown action', ask({ prompt: 'x' }, { action_type: 'txt2song' }), '/action_type'],
  ['no params', { provider: 'studio', action_type: 'txt2img' }, '/params'],
  ['params that are a list', ask([]), '/params'],
  ['no prompt', ask({}), '/params/prompt'],
  ['a blank prompt', ask({ prompt: ' \n ' }), '/params/prompt'],
  ['a prompt that is a number', ask({ prompt: 1 }), '/params/prompt'],
  ['a prompt too long', ask({ prompt: 'x'.repeat(2001) }), '/params/prompt'],
  ['a picture too wide', ask({ prompt: 'x', width: 2049 }), '/params/width'],
  ['half a pixel', ask({ prompt: 'x', height: 100.5 }), '/params/height'],
  ['too many pictures', ask({ prompt: 'x', num_images: 5 }), '/params/num_images'],
  ['too long a duration', ask({ prompt: 'x', duration_ms: 60_001 }), '/params/duration_ms'],
  ['a print without a source', ask({ prompt: 'x' }, { action_type: 'img2img' }), '/params/source_image'],
  [
    'an empty source',
    ask({ prompt: 'x', source_image: '' }, { action_type: 'img2img' }),
    '/params/source_image',
  ],
  [
    'an unknown filter',
    ask({ prompt: 'x', source_image: 'y', filter: 'z' }, { action_type: 'img2img' }),
    '/params/filter',
  ],
  ['a film too wide', ask({ prompt: 'x', width: 1025 }, { action_type: 'img2vid' }), '/params/width'],
  ['a run that leads elsewhere', ask({ prompt: 'x' }, { workflow_run_id: '..' }), '/workflow_run_id'],
  ['a run with a slash', ask({ prompt: 'x' }, { workflow_run_id: 'a/b' }), '/workflow_run_id'],
];

test.each(bad)('%s: no, by both, and %s is named', (_name, payload, pointer) => {
  for (const { input, byJsonSchema } of [alone, both]) {
    expect(byJsonSchema(payload)).toBe(false);
    const pointers = byJsonSchema.errors?.map(
      ({ instancePath, params }) =>
        instancePath + (params.missingProperty ? `/${params.missingProperty}` : ''),
    );
    expect(pointers).toContain(pointer);
    const paths = input.safeParse(payload).error?.issues.map(({ path }) => `/${path.join('/')}`);
    expect(paths).toContain(pointer);
  }
});

const camera = (params: object, action_type = 'txt2img') => ({ provider: 'camera', action_type, params });

test.each([
  ['an action that this provider has not', camera({ prompt: 'x', preset: 'a' }, 'img2vid'), '/action_type'],
  ['a param that this provider needs', camera({ prompt: 'x' }), '/params/preset'],
  ["this provider's own bound", camera({ prompt: 'longer than ten', preset: 'a' }), '/params/prompt'],
])('with two providers, %s is checked by both', (_name, payload, pointer) => {
  const { input, byJsonSchema } = both;
  expect(byJsonSchema(payload)).toBe(false);
  expect(input.safeParse(payload).error?.issues.map(({ path }) => `/${path.join('/')}`)).toEqual([pointer]);
});

test('with two providers, each is allowed what is its own', () => {
  const wide = camera({ prompt: 'x', preset: 'b', width: 4096 });
  expect(both.byJsonSchema(wide)).toBe(true);
  expect(both.input.parse(camera({ prompt: 'x', preset: 'b' })).params).toEqual({
    prompt: 'x',
    preset: 'b',
    width: 512,
  });
});

test('the form finds every param in one list, with a title and a description', () => {
  const { properties = {} } = z.toJSONSchema(new MediaActor(defaultProviders()).input, { io: 'input' });
  const { params } = properties;
  if (typeof params !== 'object') expect.unreachable();
  expect(Object.keys(params.properties ?? {})).toEqual(
    expect.arrayContaining([
      'prompt',
      'width',
      'height',
      'num_images',
      'duration_ms',
      'source_image',
      'filter',
      'motion',
    ]),
  );
  for (const property of Object.values(params.properties ?? {}))
    expect(property).toMatchObject({
      title: expect.any(String),
      description: expect.any(String),
      type: expect.any(String),
    });
  expect(params.required).toEqual(['prompt']);
});

test('the limits of the providers are the limits of the actor', () => {
  const actor = new MediaActor(twoProviders());
  expect(actor.concurrency).toMatchObject({
    key: '/provider',
    limits: { studio: 2, leonardo: 3, camera: 3 },
    default: 1,
  });
  expect(actor.getConcurrencyInfo({ provider: 'camera' })).toEqual(['camera', 3]);
});

test('the actor can be registered and published', () => {
  const registry = new ActorRegistry([new MediaActor(defaultProviders())]);
  expect(registry.describe()).toMatchObject([
    { name: 'media', input: { type: 'object' }, output: { type: 'object' } },
  ]);
});
