// The registry's reading of schemas: parameters and signatures of every kind of schema that an actor may publish.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { describeTask, hasTags } from '../../server/registry/describe.ts';

const actor = { _id: 'greet', description: 'Says hello.', tags: ['demo', 'simple'], output: null };

function read(input: object | null, output: object | null = null) {
  const text = (schema: object | null) => schema && JSON.stringify(schema);
  return describeTask({ ...actor, input: text(input), output: text(output) });
}

/** Annotation of a field with this schema. */
const annotation = (schema: unknown, rest: object = {}) =>
  read({ type: 'object', properties: { x: schema }, ...rest }).parameters[0]?.annotation;

test('an actor is shown as the seed shows a function', () => {
  const input = z.object({
    name: z.string().default('World'),
    times: z.int(),
    loud: z.boolean().optional(),
  });
  const output = z.object({ message: z.string() });
  expect(read(z.toJSONSchema(input, { io: 'input' }), z.toJSONSchema(output))).toEqual({
    name: 'greet',
    docstring: 'Says hello.',
    signature: '(name: string = "World", times: integer, loud?: boolean) -> { message: string }',
    parameters: [
      { name: 'name', annotation: 'string', default: '"World"', required: false },
      { name: 'times', annotation: 'integer', default: null, required: true },
      { name: 'loud', annotation: 'boolean', default: null, required: false },
    ],
    tags: ['demo', 'simple'],
    dependencies: [],
  });
});

test('an actor that says nothing of itself takes anything', () => {
  const said = describeTask({ ...actor, description: '', input: null, dependencies: ['stripe'] });
  expect(said).toMatchObject({ docstring: null, parameters: [], signature: '(...) -> any' });
  expect(said.dependencies).toEqual(['stripe']);
  expect(read({ type: 'object', additionalProperties: false }).signature).toBe('() -> any');
});

test.each([
  [{ type: ['string', 'null'] }, 'string | null'],
  [{ enum: ['a', 2, null] }, '"a" | 2 | null'],
  [{ const: 'only' }, '"only"'],
  [{ type: 'array', items: { type: 'string' } }, 'string[]'],
  [{ type: 'array', items: { enum: [1, 2] } }, '(1 | 2)[]'],
  [{ type: 'array' }, 'any[]'],
  [{ anyOf: [{ type: 'integer' }, { type: 'object' }] }, 'integer | object'],
  [{ type: 'object', additionalProperties: { type: 'number' } }, '{ [key: string]: number }'],
  [{ properties: { a: { type: 'string' }, b: {} }, required: ['a'] }, '{ a: string, b?: any }'],
  [{ enum: [1, 2, 3, 4, 5, 6, 7, 8] }, '1 | 2 | 3 | 4 | 5 | 6 | …'],
  [{}, null],
  [true, null],
  ['nonsense', null],
  [{ type: 7, enum: 'no', anyOf: 3 }, null],
])('%o is read as %o', (schema, text) => expect(annotation(schema)).toBe(text));

test('references are followed within the document, and no further', () => {
  const rest = { $defs: { 'a/b': { type: 'string' }, loop: { $ref: '#/$defs/loop' } } };
  expect(annotation({ $ref: '#/$defs/a~1b' }, rest)).toBe('string');
  expect(annotation({ $ref: '#/$defs/loop' }, rest)).toBeNull();
  expect(annotation({ $ref: 'https://elsewhere.example/schema' }, rest)).toBeNull();
  expect(annotation({ $ref: '#/toString' }, rest)).toBeNull();
});

test('alternatives are one list of parameters, required where all of them require it', () => {
  const branch = (kind: string, more: object) => ({
    type: 'object',
    properties: { kind: { const: kind }, ...more },
    required: ['kind', ...Object.keys(more)],
  });
  const { parameters } = read({
    oneOf: [branch('a', { size: { type: 'integer' } }), branch('b', { colour: { type: 'string' } })],
  });
  expect(parameters.map(({ name, required }) => [name, required])).toEqual([
    ['kind', true],
    ['size', false],
    ['colour', false],
  ]);
  const both = read({ allOf: [branch('a', {}), { properties: { b: {} }, required: ['b'] }] });
  expect(both.parameters.map(({ name, required }) => [name, required])).toEqual([
    ['kind', true],
    ['b', true],
  ]);
});

test('a schema that refers to itself everywhere is read in no time, in short texts', () => {
  const fields = Object.fromEntries(
    Array.from({ length: 500 }, (_, n) => [`f${n}`, { anyOf: Array(500).fill({ $ref: '#' }) }]),
  );
  const began = performance.now();
  const { parameters } = read({ properties: fields, allOf: Array(500).fill({ $ref: '#' }) });
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(parameters).toHaveLength(200);
  expect(parameters.every(one => (one.annotation ?? '').length <= 200)).toBe(true);
});

test('several tags mean all of them', () => {
  expect(hasTags(actor, [])).toBe(true);
  expect(hasTags(actor, ['demo', 'simple'])).toBe(true);
  expect(hasTags(actor, ['demo', 'etl'])).toBe(false);
});
