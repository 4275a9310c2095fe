// The schemas of published actors as components of the document. They come from outside: one that cannot stand in another
// document as it is (references to elsewhere, another dialect, too large or too deep) is left out.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { z } from 'zod';
import type { ActorRecord } from '../../queue/index.ts';
import { type JsonSchema, refTo } from './schema.ts';

export type DescribedActor = Pick<ActorRecord, '_id' | 'description' | 'input' | 'output'>;

const maxActors = 200;
const maxChars = 1024 ** 2;
const maxDepth = 64;

/**
 * For each actor `payload.<name>`, `result.<name>` and `task.<name>`, as far as it has said them, and `NewTask`: any of
 * these tasks. `form` is what every new task is. At most 200 actors, and a million characters of schemas.
 */
export function actorSchemas(
  actors: readonly DescribedActor[],
  form: JsonSchema,
): Record<string, JsonSchema> {
  const known = actors.filter(({ _id }) => /^[\w-]+$/.test(_id)).slice(0, maxActors);
  if (known.length === 0) return { NewTask: form };
  const schemas: Record<string, JsonSchema> = { AnyNewTask: form };
  const room = { chars: maxChars };
  for (const actor of known) {
    add(schemas, `payload.${actor._id}`, actor.input, room);
    add(schemas, `result.${actor._id}`, actor.output, room);
    schemas[`task.${actor._id}`] = taskOf(actor, `payload.${actor._id}` in schemas);
  }
  const mapping = Object.fromEntries(known.map(({ _id }) => [_id, refTo(`task.${_id}`).$ref]));
  const oneOf = known.map(({ _id }) => refTo(`task.${_id}`));
  return { ...schemas, NewTask: { oneOf, discriminator: { propertyName: 'actor', mapping } } };
}

function taskOf({ _id, description }: DescribedActor, hasPayload: boolean): JsonSchema {
  const payload = hasPayload ? { payload: refTo(`payload.${_id}`) } : {};
  const properties = { actor: { type: 'string', const: _id }, ...payload };
  return { description, type: 'object', allOf: [refTo('AnyNewTask')], properties, required: ['actor'] };
}

function add(
  to: Record<string, JsonSchema>,
  name: string,
  text: string | null,
  room: { chars: number },
): void {
  if (text === null || text.length > room.chars) return;
  const schema = adopt(text, `#/components/schemas/${name}`);
  if (schema === null) return;
  room.chars -= text.length;
  to[name] = schema;
}

const objectText = z.record(z.string(), z.unknown());
const judge = new Ajv2020({ strict: false, logger: false });

/** A schema that was a document of its own, as a part of ours at `place`; null where it cannot be one. */
export function adopt(text: string, place: string): JsonSchema | null {
  try {
    const { $schema: _, $id: _id, ...schema } = objectText.parse(JSON.parse(text));
    const moved = moveSchema(schema, place, 0);
    return isSchema(moved) && judge.validateSchema(moved) === true ? moved : null;
  } catch {
    return null;
  }
}

class Immovable extends Error {}

/** Keywords with a schema below each name, and those with a schema or a list of them. */
const maps = new Set(['properties', 'patternProperties', '$defs', 'definitions', 'dependentSchemas']);
const plain = new Set(['const', 'enum', 'default', 'examples', 'example', 'required', 'dependentRequired']);
const anchors = new Set([
  '$id',
  '$anchor',
  '$dynamicRef',
  '$dynamicAnchor',
  '$recursiveRef',
  '$recursiveAnchor',
]);

function moveSchema(value: unknown, place: string, depth: number): unknown {
  if (depth > maxDepth) throw new Immovable();
  if (Array.isArray(value)) return value.map(one => moveSchema(one, place, depth + 1));
  if (!isSchema(value)) return value;
  return mapEntries(value, (key, inner) => {
    if (anchors.has(key)) throw new Immovable();
    if (key === '$ref') return moveRef(inner, place);
    if (plain.has(key) || !isNested(inner)) return inner;
    if (!maps.has(key)) return moveSchema(inner, place, depth + 1);
    return isSchema(inner) ? mapEntries(inner, (_, one) => moveSchema(one, place, depth + 2)) : inner;
  });
}

const mapEntries = (object: JsonSchema, change: (key: string, value: unknown) => unknown): JsonSchema =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(key, value)]));

function moveRef(ref: unknown, place: string): string {
  if (ref === '#') return place;
  if (typeof ref === 'string' && ref.startsWith('#/')) return place + ref.slice(1);
  throw new Immovable();
}

const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null;
const isSchema = (value: unknown): value is JsonSchema => isNested(value) && !Array.isArray(value);
