import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { ActorRecord, JsonObject } from '../../queue/index.ts';
import { createPayloadCheck } from '../../server/check-payload.ts';

const lines: string[] = [];
const log = pino({ level: 'warn' }, { write: line => void lines.push(line) });
const check = createPayloadCheck(log);
const actor = (input: object | null, _id = 'a'): ActorRecord => ({
  _id,
  input: input && JSON.stringify(input),
  output: null,
  description: '',
  tags: [],
  concurrency: null,
  timeouts: { soft_ms: 1, hard_ms: 1 },
  retry: { max_retries: 0, base_ms: 0, max_ms: 0, jitter: false },
  category: null,
  published_at: new Date(0),
  deleted: false,
});
const problems = (input: object | null, payload: JsonObject) => check(actor(input), payload, '/payload');

test('an actor without a schema takes everything', () => {
  expect(problems(null, { a: 1 })).toEqual([]);
});

test('each problem is named by its own field, keys escaped', () => {
  const schema = {
    type: 'object',
    properties: {
      'a/b': { type: 'integer' },
      list: { type: 'array', items: { enum: ['x', 'y'] } },
      nested: { type: 'object', required: ['~k'] },
    },
    required: ['list'],
    additionalProperties: false,
  };
  expect(problems(schema, { 'a/b': 'x', nested: {}, 'new/one': 1 })).toEqual(
    expect.arrayContaining([
      { pointer: '/payload/list', detail: 'is missing' },
      { pointer: '/payload/new~1one', detail: 'is not a known field' },
      { pointer: '/payload/a~1b', detail: 'must be integer' },
      { pointer: '/payload/nested/~0k', detail: 'is missing' },
    ]),
  );
  expect(problems(schema, { list: ['x', 'z'] })).toEqual([
    { pointer: '/payload/list/1', detail: 'must be one of ["x","y"]' },
  ]);
});

test('nothing is changed in the payload: no defaults, no conversions', () => {
  const payload = { n: '5' };
  problems({ type: 'object', properties: { n: { type: 'integer' }, m: { default: 1 } } }, payload);
  expect(payload).toEqual({ n: '5' });
});

test('formats are checked; unknown ones are not', () => {
  const schema = {
    type: 'object',
    properties: { url: { type: 'string', format: 'uri' }, x: { type: 'string', format: 'martian' } },
  };
  expect(problems(schema, { url: 'no url', x: 'anything' }).map(problem => problem.pointer)).toEqual([
    '/payload/url',
  ]);
});

test('a schema that names an older draft is used all the same', () => {
  const schema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'x',
    type: 'object',
    required: ['a'],
  };
  expect(problems(schema, {})).toHaveLength(1);
  expect(problems({ ...schema, required: ['b'] }, { a: 1 })).toEqual([
    { pointer: '/payload/b', detail: 'is missing' },
  ]);
});

test('names of Object.prototype are fields like others', () => {
  const schema = {
    type: 'object',
    required: ['constructor'],
    properties: { toString: { type: 'string' } },
    additionalProperties: false,
  };
  expect(problems(schema, {})).toEqual([{ pointer: '/payload/constructor', detail: 'is missing' }]);
  const hostile = JSON.parse('{"constructor":1,"__proto__":{}}') as JsonObject;
  expect(
    problems({ type: 'object', properties: { constructor: {} }, additionalProperties: false }, hostile),
  ).toEqual([{ pointer: '/payload/__proto__', detail: 'is not a known field' }]);
});

test('a schema that cannot be compiled lets payloads through, and the log says so once', () => {
  const broken = actor({ $ref: 'https://example.com/nowhere' }, 'broken');
  lines.length = 0;
  for (let n = 0; n < 3; n++) expect(check(broken, { a: 1 }, '')).toEqual([]);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('"actor":"broken"');
});

test('an actor that is published with another schema is judged by that one', () => {
  expect(check(actor({ required: ['a'] }, 'moving'), {}, '')).toHaveLength(1);
  expect(check(actor({}, 'moving'), {}, '')).toEqual([]);
});

test('a huge wrong payload costs one error, not a million', () => {
  const schema = { type: 'object', properties: { list: { type: 'array', items: { type: 'string' } } } };
  const began = performance.now();
  const found = problems(schema, { list: Array.from({ length: 300_000 }, () => 1) });
  expect(found).toEqual([{ pointer: '/payload/list/0', detail: 'must be string' }]);
  expect(performance.now() - began).toBeLessThan(1_000);
  expect(problems(schema, { list: Array.from({ length: 1_000 }, () => 1) })).toHaveLength(50);
});

test('more actors than it remembers are all still checked', () => {
  for (let n = 0; n < 450; n++)
    expect(check(actor({ required: ['a'] }, `many${n % 225}`), {}, '')).toHaveLength(1);
});
