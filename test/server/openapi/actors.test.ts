// Schemas of actors as parts of the document: moved there with their own references, or left out.
import { expect, test } from 'vitest';
import { actorSchemas, adopt } from '../../../server/openapi/actors.ts';
import { bodyCheck, documentOf } from './document.ts';

const place = '#/components/schemas/payload.a';
const moved = (schema: object) => adopt(JSON.stringify(schema), place);
const actor = (_id: string, input: object | null, output: object | null = null) => ({
  _id,
  description: '',
  input: input && JSON.stringify(input),
  output: output && JSON.stringify(output),
});

test('references within a schema point to where it now is', () => {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: 'urn:mine',
    $defs: { tree: { type: 'object', properties: { below: { $ref: '#/$defs/tree' }, root: { $ref: '#' } } } },
    properties: { a: { $ref: '#/$defs/tree' } },
  };
  expect(moved(schema)).toEqual({
    $defs: {
      tree: {
        type: 'object',
        properties: { below: { $ref: `${place}/$defs/tree` }, root: { $ref: place } },
      },
    },
    properties: { a: { $ref: `${place}/$defs/tree` } },
  });
});

test('what only looks like a reference is left as it is', () => {
  const data = { $ref: '#/a', $id: 'x' };
  const schema = {
    properties: { $ref: { type: 'string' }, $id: { const: data }, default: { enum: [data], default: data } },
    examples: [data],
  };
  expect(moved(schema)).toEqual(schema);
  const odd = '{"properties":{"__proto__":{"type":"string"},"constructor":{"type":"number"}}}';
  expect(JSON.stringify(adopt(odd, place))).toBe(odd);
});

test.each([
  ['a reference to elsewhere', { $ref: 'https://example.com/schema.json' }],
  ['an anchor', { $defs: { a: { $anchor: 'here' } }, $ref: '#here' }],
  ['an id inside', { $defs: { a: { $id: 'urn:inside' } } }],
  ['another dialect', { items: [{ type: 'string' }], type: 'array' }],
  ['nonsense', { type: 'strnig' }],
  ['no object', [1]],
  ['too deep', JSON.parse(`${'{"not":'.repeat(80)}{}${'}'.repeat(80)}`)],
])('a schema with %s is left out', (_, schema) => {
  expect(adopt(JSON.stringify(schema), place)).toBeNull();
});

test('many actors and large schemas are bounded', () => {
  const many = Array.from({ length: 300 }, (_, n) => actor(`a${n}`, { description: 'x'.repeat(20_000) }));
  const text = JSON.stringify(actorSchemas(many, {}));
  expect(text.length).toBeLessThan(1_300_000);
  expect(Object.keys(actorSchemas(many, {})).filter(name => name.startsWith('task.'))).toHaveLength(200);
});

test('the body of a new task is that of one of the actors', () => {
  const api = documentOf([
    actor('sleep', { type: 'object', properties: { ms: { type: 'integer' } }, required: ['ms'] }),
    actor('any', null),
  ]);
  const check = bodyCheck(api);
  const allowed = (body: object) => check({ $ref: '#/components/schemas/NewTask' }, body) === null;
  expect(allowed({ actor: 'sleep', payload: { ms: 5 } })).toBe(true);
  expect(allowed({ actor: 'any', payload: { ms: 'x' }, tags: ['a'] })).toBe(true);
  expect(allowed({ actor: 'sleep', payload: { ms: 'x' } })).toBe(false);
  expect(allowed({ actor: 'nobody', payload: {} })).toBe(false);
  expect(allowed({ actor: 'any', payload: {}, colour: 'red' })).toBe(false);
  expect(allowed({ actor: 'any', payload: [] })).toBe(false);
});
