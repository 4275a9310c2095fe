// Registering actors, and what the catalog learns of them.
import { pathToFileURL } from 'node:url';
import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { timeoutsOf } from '../../queue/index.ts';
import { type Actor, ActorBase, type AnyActor, defineActor } from '../../worker/actors/actor.ts';
import { echo } from '../../worker/actors/echo.ts';
import { ActorRegistry, InvalidActor } from '../../worker/actors/registry.ts';
import { sleep } from '../../worker/actors/sleep.ts';

const execute = () => null;

test('a plain object with a name and a function is an actor; the rest has defaults', () => {
  expect(new ActorRegistry([{ name: 'bare', execute }]).describe()).toEqual([
    {
      name: 'bare',
      description: '',
      tags: [],
      input: null,
      output: null,
      concurrency: null,
      timeouts: { soft_ms: 240_000, hard_ms: 300_000 },
      retry: { max_retries: 3, base_ms: 30_000, max_ms: 600_000, jitter: true },
      category: null,
    },
  ]);
});

test('what an actor says replaces the defaults one by one; the soft limit leaves time before the hard one', () => {
  const actor = defineActor({
    name: 'said',
    description: 'Says it all.',
    tags: ['a', 'b'],
    concurrency: { key: '/provider', limits: { leonardo: 3 }, default: 1 },
    timeouts: { hard_ms: 1_000 },
    retry: { max_retries: 5 },
    category: 'modifiers',
    execute,
  });
  expect(new ActorRegistry([actor]).describe()[0]).toMatchObject({
    tags: ['a', 'b'],
    concurrency: { key: '/provider', limits: { leonardo: 3 }, default: 1 },
    timeouts: { soft_ms: 800, hard_ms: 1_000 },
    retry: { max_retries: 5, base_ms: 30_000 },
    category: 'modifiers',
  });
});

test('a shorter hard limit brings the soft one with it', () => {
  const own = { soft_ms: 240_000, hard_ms: 300_000 };
  expect(timeoutsOf({ hard_ms: 1_000 }, own)).toEqual({ soft_ms: 800, hard_ms: 1_000 });
  expect(timeoutsOf({ soft_ms: 10 }, own)).toEqual({ soft_ms: 10, hard_ms: 300_000 });
  expect(timeoutsOf({ hard_ms: 600_000 }, own)).toEqual({ soft_ms: 240_000, hard_ms: 600_000 });
  expect(timeoutsOf(undefined, own)).toEqual(own);
});

test('a zod schema becomes the JSON Schema of what is sent, not of what is parsed', () => {
  const input = z.object({ prompt: z.string(), size: z.int().default(512) });
  const [{ input: schema } = { input: null }] = new ActorRegistry([{ name: 'a', input, execute }]).describe();
  expect(schema).toMatchObject({
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    properties: { prompt: { type: 'string' }, size: { type: 'integer', default: 512 } },
    required: ['prompt'],
  });
});

test('a JSON Schema is kept as it is, and another Standard Schema is asked for its own', () => {
  const plain = { type: 'object', required: ['x'] };
  const standard: AnyActor['input'] = {
    '~standard': {
      version: 1,
      vendor: 'other',
      validate: value => ({ value }),
      jsonSchema: { input: ({ target }) => ({ target }), output: () => ({}) },
    },
  };
  const described = new ActorRegistry([
    { name: 'plain', input: plain, execute },
    { name: 'standard', input: standard, execute },
  ]).describe();
  expect(described.map(({ input }) => input)).toEqual([plain, { target: 'draft-2020-12' }]);
});

test('an actor class inherits its rule; one that overrides it decides by code', () => {
  class Ruled extends ActorBase {
    readonly name: string = 'ruled';
    override readonly concurrency = { key: '/provider', limits: { leonardo: 3 }, default: 2 };
    execute = execute;
  }
  class Coded extends Ruled {
    override readonly name = 'coded';
    override getConcurrencyInfo(): [string, number] {
      return ['mine', 1];
    }
  }
  const [ruled, coded] = [new Ruled(), new Coded()];
  expect(ruled.getConcurrencyInfo({ provider: 'leonardo' })).toEqual(['leonardo', 3]);
  expect(ruled.getConcurrencyInfo({ provider: 'other' })).toEqual(['other', 2]);
  expect(() => ruled.getConcurrencyInfo({})).toThrow('/provider');
  const rules = new ActorRegistry([ruled, coded]).describe().map(({ concurrency }) => concurrency);
  expect(rules).toEqual([ruled.concurrency, { code: true }]);
});

test.each<[string, Record<string, unknown>]>([
  ['name', { name: 'with space' }],
  ['name', { name: undefined }],
  ['execute', { execute: undefined }],
  ['concurrency', { concurrency: { limit: 0 } }],
  ['concurrency', { concurrency: { key: 'provider', limits: {}, default: 1 } }],
  ['timeouts', { timeouts: { soft: 1 } }],
  ['retry', { retry: { max_retries: -1 } }],
  ['isolated', { isolated: { memory_mb: 1 } }],
  ['give it `module: import.meta.url`', { isolated: true }],
  ['must be the file: address', { isolated: true, module: 'https://example.com/actor.mjs' }],
  ['must be the file: address', { isolated: true, module: './actor.mjs' }],
  ['does not exist', { isolated: true, module: import.meta.resolve('./nowhere.mjs') }],
  ['is the program itself', { isolated: true, module: pathToFileURL(process.argv[1]!).href }],
  ['category', { category: 'Bad Category' }],
  ['input', { input: z.object({ at: z.date() }) }],
])('an actor with a bad %s is refused, by name', (member, wrong) => {
  const actor = { name: 'wrong', execute, ...wrong } as AnyActor;
  expect(() => new ActorRegistry([actor])).toThrow(InvalidActor);
  expect(() => new ActorRegistry([actor])).toThrow(member);
});

test('an isolated actor is registered with where its thread finds it, also through a selection', () => {
  const actor = { name: 'apart', isolated: { memory_mb: 64 }, module: import.meta.url, execute };
  const registry = new ActorRegistry([actor]);
  registry.register({ name: 'loaded', isolated: true, execute }, import.meta.url);
  const apart = { module: import.meta.url, memory_mb: 64 };
  expect(registry.select(['apart']).find('apart')?.isolation).toEqual(apart);
  expect(registry.find('loaded')?.isolation).toEqual({ ...apart, memory_mb: 1_024 });
  expect(new ActorRegistry([echo]).find('echo')?.isolation).toBeNull();
});

test('two actors of one name are refused', () => {
  expect(() => new ActorRegistry([echo, { name: 'echo', execute }])).toThrow('Two actors are called "echo".');
});

test('a selection is by name or by tag', () => {
  const registry = new ActorRegistry([echo, sleep, { name: 'other', tags: ['gpu'], execute }]);
  expect(registry.select(['sleep', 'tag:gpu']).names()).toEqual(['sleep', 'other']);
  expect(() => registry.select(['tag:sleep'])).toThrow(InvalidActor);
});

test('the payload of a defined actor has the type of its schema', () => {
  const actor = defineActor({
    name: 'typed',
    input: z.object({ n: z.number().default(1) }),
    execute({ n }) {
      expectTypeOf(n).toEqualTypeOf<number>();
      return n;
    },
  });
  expectTypeOf(actor).toExtend<AnyActor>();
  expectTypeOf(actor).toExtend<Actor<typeof actor.input>>();
});

test('a misspelt member of a plain actor is refused: its limit would not hold', () => {
  const misspelt = { name: 'one', concurency: { limit: 2 }, execute: () => 1 };
  expect(() => new ActorRegistry([misspelt])).toThrow('Actor "one": "concurency" is no member of an actor.');
});

test('a pattern that no actor answers to is refused with those there are', () => {
  const registry = new ActorRegistry([{ name: 'one', tags: ['t'], execute: () => 1 }]);
  expect(() => registry.select(['onne'])).toThrow('No actor here is "onne"; there are: one, tag:t.');
});
