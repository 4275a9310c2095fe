// What a form starts with, what an edit makes of it, and what is wrong with it.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { checkPayload } from '../../webui/parts/form/check.ts';
import { editPayload, startingPayload, visibleMembers } from '../../webui/parts/form/payload.ts';
import { valueAt, withValueAt } from '../../webui/parts/form/pointer.ts';
import { readSchema } from '../../webui/parts/form/schema.ts';
import { byAction, byProviderAndAction, toSchema } from './support/schemas.ts';

const media = readSchema(byAction);

test('a form starts with what was given and what leaves no choice; defaults are the actor’s own business', () => {
  expect(startingPayload(media, {})).toEqual({ action_type: 'txt2img', params: {} });
  expect(startingPayload(media, { action_type: 'img2vid', params: { prompt: 'x', width: 70 } })).toEqual({
    action_type: 'img2vid',
    params: { prompt: 'x', width: 70 },
  });
  const root = readSchema(
    toSchema(z.object({ one: z.enum(['a']), two: z.enum(['a', 'b']), sure: z.boolean() })),
  );
  expect(startingPayload(root, {})).toEqual({ one: 'a', sure: false });
});

test('an optional object stays away, so its members are not asked for', () => {
  const root = readSchema(toSchema(z.object({ more: z.object({ name: z.string() }).optional() })));
  expect(startingPayload(root, {})).toEqual({});
  expect(checkPayload(root, {})).toEqual([]);
});

test('choosing another case keeps what both know and drops what only the old one knew', () => {
  const before = startingPayload(media, {
    action_type: 'img2vid',
    params: { prompt: 'x', source_image: 'gc_1' },
    loop: false,
  });
  const after = editPayload(media, before, '/action_type', 'txt2img');
  expect(after).toEqual({ action_type: 'txt2img', params: { prompt: 'x' } });
});

test('a second choice that the first one rules out is asked anew', () => {
  const root = readSchema(byProviderAndAction);
  const before = startingPayload(root, { provider: 'a', action_type: 'img2vid', frames: 20 });
  expect(editPayload(root, before, '/provider', 'b')).toEqual({ provider: 'b', action_type: 'txt2img' });
});

test('rules that depend on the payload are read for it: what is needed, and within which bounds', () => {
  const when = (action_type: string, params: object) =>
    new Map<string, object>([
      ['if', { properties: { action_type: { const: action_type } }, required: ['action_type'] }],
      ['then', { properties: { params } }],
    ]);
  const schema = JSON.parse(
    JSON.stringify({
      type: 'object',
      required: ['params'],
      properties: {
        action_type: { enum: ['txt2img', 'img2vid'] },
        params: {
          type: 'object',
          required: ['prompt'],
          properties: {
            prompt: { type: 'string' },
            width: { type: 'integer', maximum: 2_048, title: 'Width' },
            source_image: { type: 'string' },
          },
        },
      },
      allOf: [
        when('txt2img', { properties: { width: { default: 1_024 } } }),
        when('img2vid', { properties: { width: { maximum: 1_024 } }, required: ['source_image'] }),
      ].map(rule => Object.fromEntries(rule)),
    }),
  );
  const problems = (action_type: string) => {
    const payload = { action_type, params: { prompt: 'x', width: 2_000 } };
    return checkPayload(readSchema(schema, payload), payload).map(({ pointer }) => pointer);
  };
  expect(problems('txt2img')).toEqual([]);
  expect(problems('img2vid')).toEqual(['/params/width', '/params/source_image']);
  const [, params] = visibleMembers(readSchema(schema, { action_type: 'txt2img' }), {});
  expect(params).toMatchObject({ fields: [{}, { label: 'Width', preset: 1_024, max: 2_048 }, {}] });
});

test('an edit leaves the payload it began with as it was', () => {
  const before = startingPayload(media, {});
  const copy = structuredClone(before);
  editPayload(media, before, '/params/prompt', 'new');
  expect(before).toEqual(copy);
});

test('an emptied field is left out', () => {
  expect(editPayload(media, { params: { prompt: 'x' } }, '/params/prompt', undefined)).toEqual({
    params: {},
  });
});

test('a key named __proto__ is a key like any other', () => {
  const payload = withValueAt({}, '/__proto__/polluted', true);
  expect(Object.keys(payload)).toEqual(['__proto__']);
  expect(valueAt(payload, '/__proto__/polluted')).toBe(true);
  expect(valueAt({}, '/__proto__/polluted')).toBeUndefined();
  expect(valueAt({}, '/constructor/name')).toBeUndefined();
});

const everything = readSchema({
  type: 'object',
  required: ['name', 'kind', 'count'],
  properties: {
    name: { type: 'string', minLength: 2, maxLength: 4, pattern: '^[a-z]*$' },
    kind: { enum: ['a', 'b'] },
    count: { type: 'integer', minimum: 1, maximum: 10, multipleOf: 0.5 },
    ratio: { type: 'number', multipleOf: 0.1 },
    sure: { type: 'boolean' },
    lines: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 2 },
    part: { type: 'object', properties: { x: { type: 'number' } } },
  },
});

const right = { name: 'abc', kind: 'a', count: 3 };

test('a right payload has no problems', () => {
  expect(
    checkPayload(everything, { ...right, ratio: 0.3, lines: ['x'], part: { x: 1 }, unknown: {} }),
  ).toEqual([]);
});

test.each([
  ['/name', undefined, 'This is needed.'],
  ['/name', 'a', 'At least 2 characters, please.'],
  ['/name', 'abcdef', '2 characters too long: at most 4.'],
  ['/name', '😀😀😀', 'This must match ^[a-z]*$'],
  ['/name', '   ', 'This is needed.'],
  ['/name', 7, 'This must be text.'],
  ['/kind', undefined, 'Choose one.'],
  ['/kind', 'c', 'Choose one of: a, b.'],
  ['/count', 'many', 'This must be a number.'],
  ['/count', 1.5, 'This must be a whole number.'],
  ['/count', 0, 'At least 1.'],
  ['/count', 11, 'At most 10.'],
  ['/ratio', 0.25, 'In steps of 0.1.'],
  ['/sure', 'yes', 'This is yes or no.'],
  ['/lines', [], 'At least 1 lines.'],
  ['/lines', ['a', 'b', 'c'], 'At most 2 lines.'],
  ['/lines', [1], 'Every line must be text.'],
  ['/part', [], 'This must be an object: {…}.'],
])('%s as %j says: %s', (pointer, value, detail) => {
  expect(checkPayload(everything, withValueAt(right, pointer, value))).toEqual([{ pointer, detail }]);
});

test('a pattern that this browser cannot read is left to the server', () => {
  const root = readSchema({ type: 'object', properties: { it: { type: 'string', pattern: '(?<' } } });
  expect(checkPayload(root, { it: 'x' })).toEqual([]);
});
