// Reads a JSON Schema into form fields. What no input fits becomes a `json` field, never an error. Pure.
import type { Json, JsonObject } from '../../../client/index.ts';
import type { Case, Field, Shape } from './field.ts';
import { isObject, member } from './pointer.ts';
import { decideRules, resolveSchema } from './resolve.ts';
import { defined, labelFrom, numberOf, readNumber, readOptions, readText, textOf } from './shapes.ts';

const DEEPEST = 4;
type Place = { pointer: string; name: string; required: boolean; depth: number; root: JsonObject };

/**
 * The fields of an actor's payload: a group, a set of cases, or one `json` field when the schema describes no object. What
 * the schema makes depend on the payload is read for the one given.
 */
export function readSchema(schema: JsonObject | null, payload: JsonObject = {}): Field {
  const root = decideRules(schema ?? {}, payload);
  return readField(root, { pointer: '', name: '', required: true, depth: 0, root });
}

function readField(raw: Json | undefined, place: Place): Field {
  const schema = resolveSchema(raw, place.root);
  const preset = schema.default;
  return {
    ...readShape(schema, place),
    pointer: place.pointer,
    label: textOf(schema.title) ?? labelFrom(place.name),
    help: textOf(schema.description),
    required: place.required,
    ...(preset === undefined ? {} : { preset }),
  };
}

function readShape(schema: JsonObject, place: Place): Shape {
  if (schema.const !== undefined) return { kind: 'fixed', value: schema.const };
  const options = readOptions(schema);
  if (options) return { kind: 'choice', options };
  const cases = place.depth < DEEPEST ? readCases(schema, place) : null;
  if (cases) return cases;
  switch (schema.type) {
    case 'string':
      return readText(schema, place.name);
    case 'number':
    case 'integer':
      return readNumber(schema);
    case 'boolean':
      return { kind: 'flag' };
    case 'array':
      return readList(schema, place);
    default:
      return readGroup(schema, place);
  }
}

function readList(schema: JsonObject, place: Place): Shape {
  const items = resolveSchema(schema.items, place.root);
  if (items.type !== 'string' || items.enum !== undefined) return { kind: 'json' };
  return defined({ kind: 'list', minItems: numberOf(schema.minItems), maxItems: numberOf(schema.maxItems) });
}

function readGroup(schema: JsonObject, place: Place): Shape {
  if (!isObject(schema.properties) || place.depth >= DEEPEST) return { kind: 'json' };
  return { kind: 'group', fields: readMembers(schema, place) };
}

function readMembers(schema: JsonObject, place: Place, without?: string): Field[] {
  const required = Array.isArray(schema.required) ? schema.required : [];
  const names = isObject(schema.properties) ? Object.keys(schema.properties) : [];
  return names
    .filter(name => name !== without)
    .map(name =>
      readField((schema.properties as JsonObject)[name], {
        pointer: member(place.pointer, name),
        name,
        required: required.includes(name),
        depth: place.depth + 1,
        root: place.root,
      }),
    );
}

/** A union of objects told apart by members that are constants: by one, or by several, one after the other. */
function readCases(schema: JsonObject, place: Place): Shape | null {
  const union = schema.oneOf ?? schema.anyOf;
  if (!Array.isArray(union) || union.length < 2) return null;
  const options = union.map(one => resolveSchema(one, place.root));
  const by = discriminatorOf(options);
  if (by === null) return null;
  const values = [...new Set(options.map(option => constOf(option, by)))];
  const cases = values.map((value): Case => {
    const group = options.filter(option => constOf(option, by) === value);
    return { value, fields: readCase(group, place, by) };
  });
  const choice: Field = {
    kind: 'choice',
    options: cases.map(({ value }) => ({ value, label: String(value) })),
    pointer: member(place.pointer, by),
    label: labelFrom(by),
    help: textOf(((options[0]!.properties as JsonObject)[by] as JsonObject).description),
    required: true,
    preset: cases[0]!.value,
  };
  return { kind: 'cases', choice, shared: readMembers(schema, place, by), cases };
}

function readCase(group: JsonObject[], place: Place, by: string): Field[] {
  const [only] = group;
  if (group.length === 1) return readMembers(only!, place, by);
  const without = group.map(option => {
    const { [by]: _told, ...properties } = option.properties as JsonObject;
    return { ...option, properties };
  });
  return [readField({ oneOf: without }, place)];
}

/** The constant member with the fewest values that still tells some apart; the earlier one where two are alike. */
function discriminatorOf(options: JsonObject[]): string | null {
  const first = options[0]!.properties;
  const names = isObject(first) ? Object.keys(first) : [];
  const telling = names.flatMap(name => {
    const values = options.map(option => constOf(option, name));
    const count = new Set(values).size;
    return values.includes(null) || count < 2 ? [] : [{ name, count }];
  });
  return telling.sort((a, b) => a.count - b.count)[0]?.name ?? null;
}

function constOf(option: JsonObject, name: string): string | null {
  const property = isObject(option.properties) ? option.properties[name] : undefined;
  const value = isObject(property) ? property.const : undefined;
  return typeof value === 'string' ? value : null;
}
