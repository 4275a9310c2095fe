// Which fields a JSON Schema becomes.
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { JsonObject } from '../../client/index.ts';
import type { Field, FieldOf, Shape } from '../../webui/parts/form/field.ts';
import { visibleMembers } from '../../webui/parts/form/payload.ts';
import { readSchema } from '../../webui/parts/form/schema.ts';
import { byAction, byProviderAndAction, toSchema } from './support/schemas.ts';

function only<Kind extends Shape['kind']>(kind: Kind, property: JsonObject, name = 'it'): FieldOf<Kind> {
  const [field] = visibleMembers(readSchema({ type: 'object', properties: { [name]: property } }), {});
  if (field?.kind !== kind) throw new Error(`It became ${field?.kind}`);
  return field as FieldOf<Kind>;
}

const named = (fields: Field[], pointer: string) => fields.find(field => field.pointer === pointer);

test('a text is short by default, long by its bound, its format, its name or its description', () => {
  expect(only('text', { type: 'string' }).long).toBe(false);
  expect(only('text', { type: 'string', maxLength: 200 }).long).toBe(false);
  expect(only('text', { type: 'string', maxLength: 201 }).long).toBe(true);
  expect(only('text', { type: 'string', format: 'textarea' }).long).toBe(true);
  expect(only('text', { type: 'string' }, 'negative_prompt').long).toBe(true);
  expect(only('text', { type: 'string' }, 'prompt_id').long).toBe(false);
  expect(only('text', { type: 'string', description: 'Takes several lines.' }).long).toBe(true);
});

test('an integer keeps its bounds and step, and zod’s bounds of every integer are no bounds', () => {
  expect(only('number', { type: 'integer', minimum: 1, maximum: 8, multipleOf: 2 })).toMatchObject({
    integer: true,
    min: 1,
    max: 8,
    step: 2,
  });
  expect(only('number', { type: 'integer', exclusiveMinimum: 0 })).toMatchObject({ min: 1 });
  const [free] = visibleMembers(readSchema(toSchema(z.object({ seed: z.int() }))), {});
  expect(free).not.toHaveProperty('min');
  expect(free).not.toHaveProperty('max');
});

test('enum, a union of constants and a union with null become choices', () => {
  const letters = [
    { value: 'a', label: 'a' },
    { value: 'b', label: 'b' },
  ];
  expect(only('choice', { enum: ['a', 'b'] }).options).toEqual(letters);
  expect(only('choice', { anyOf: [{ enum: ['a', 'b'] }, { type: 'null' }] }).options).toEqual(letters);
  expect(only('choice', { oneOf: [{ const: 1, title: 'One' }, { const: 2 }] }).options).toEqual([
    { value: 1, label: 'One' },
    { value: 2, label: '2' },
  ]);
});

test('name, title, description, default and required are carried over', () => {
  const schema = toSchema(
    z.object({ num_images: z.int().default(2).describe('How many'), provider: z.string() }),
  );
  const fields = visibleMembers(readSchema(schema), {});
  expect(named(fields, '/num_images')).toMatchObject({
    label: 'Number of images',
    help: 'How many',
    preset: 2,
    required: false,
  });
  expect(named(fields, '/provider')).toMatchObject({ label: 'Provider', required: true });
  expect(only('text', { type: 'string', title: 'Other name' }).label).toBe('Other name');
});

test('a list of texts is a list; any other list, a map and a free value are edited as JSON', () => {
  expect(only('list', { type: 'array', items: { type: 'string' }, maxItems: 3 }).maxItems).toBe(3);
  expect(only('json', { type: 'array', items: { type: 'integer' } }).kind).toBe('json');
  expect(only('json', { type: 'object', additionalProperties: { type: 'string' } }).kind).toBe('json');
  expect(only('json', {}).kind).toBe('json');
});

test('a schema without properties, and none at all, are one JSON field', () => {
  expect(readSchema({ type: 'object' }).kind).toBe('json');
  expect(readSchema(null).kind).toBe('json');
});

test('references are followed, and one that leads to itself ends as JSON', () => {
  const schema: JsonObject = {
    type: 'object',
    properties: { size: { $ref: '#/$defs/size' }, loop: { $ref: '#/$defs/loop' }, tree: { $ref: '#' } },
    $defs: { size: { type: 'integer', minimum: 3 }, loop: { $ref: '#/$defs/loop' } },
  };
  const fields = visibleMembers(readSchema(schema), {});
  expect(named(fields, '/size')).toMatchObject({ kind: 'number', min: 3 });
  expect(named(fields, '/loop')).toMatchObject({ kind: 'json' });
  expect(named(fields, '/tree')).toMatchObject({ kind: 'group' });
});

test('allOf is read as one object', () => {
  const root = readSchema({
    allOf: [
      { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
      { type: 'object', properties: { b: { type: 'boolean' } } },
    ],
  });
  expect(visibleMembers(root, {}).map(field => [field.pointer, field.required])).toEqual([
    ['/a', true],
    ['/b', false],
  ]);
});

test('a union told apart by one constant shows the choice and the members of the chosen case', () => {
  const root = readSchema(byAction);
  const pointers = (action_type: string) => visibleMembers(root, { action_type }).map(field => field.pointer);
  expect(root.kind).toBe('cases');
  expect(pointers('txt2img')).toEqual(['/action_type', '/provider', '/params']);
  expect(pointers('img2vid')).toEqual(['/action_type', '/provider', '/params', '/loop']);
});

test('a union told apart by two constants asks for one after the other', () => {
  const root = readSchema(byProviderAndAction);
  const pointers = (payload: JsonObject) => visibleMembers(root, payload).map(field => field.pointer);
  expect(pointers({ provider: 'a', action_type: 'img2vid' })).toEqual([
    '/provider',
    '/action_type',
    '/frames',
  ]);
  expect(pointers({ provider: 'b', action_type: 'txt2img' })).toContain('/style');
});

test('names with slashes and tildes keep their pointers', () => {
  const [field] = visibleMembers(
    readSchema({ type: 'object', properties: { 'a/b~c': { type: 'string' } } }),
    {},
  );
  expect(field?.pointer).toBe('/a~1b~0c');
});
