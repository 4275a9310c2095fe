// What the registry says of an actor: its parameters and signature, read out of the schemas that it has published. Pure.
import type { ActorRecord } from '../../queue/index.ts';
import { annotate, follow, isSchema, literal, type Schema } from './text.ts';

interface Parameter {
  name: string;
  annotation: string | null;
  /** As JSON; null where there is none. */
  default: string | null;
  required: boolean;
}

export interface RegisteredTask {
  name: string;
  docstring: string | null;
  signature: string;
  parameters: Parameter[];
  tags: string[];
  /** What it has injected besides its parameters. */
  dependencies: string[];
}

type Said = Pick<ActorRecord, '_id' | 'description' | 'tags' | 'input' | 'output' | 'dependencies'>;

export function describeTask({
  _id,
  description,
  tags,
  input,
  output,
  dependencies = [],
}: Said): RegisteredTask {
  const schema = parse(input);
  const parameters = parametersOf(schema);
  return {
    name: _id,
    docstring: description === '' ? null : description,
    signature: `(${signParameters(parameters, schema)}) -> ${resultOf(output)}`,
    parameters,
    tags,
    dependencies,
  };
}

/** Whether it has all of these tags. */
export function hasTags({ tags }: Pick<ActorRecord, 'tags'>, wanted: readonly string[]): boolean {
  return wanted.every(tag => tags.includes(tag));
}

function parse(text: string | null): Schema {
  const schema: unknown = text === null ? null : JSON.parse(text);
  return isSchema(schema) ? schema : {};
}

const mostParameters = 200;

function parametersOf(root: Schema): Parameter[] {
  const { properties, required } = fieldsOf(root, root, 0);
  return [...properties].slice(0, mostParameters).map(([name, schema]) => {
    const field = follow(schema, root);
    const given = [schema, field].find(one => isSchema(one) && 'default' in one);
    const annotation = annotate(schema, root);
    return {
      name,
      annotation: annotation === 'any' ? null : annotation,
      default: isSchema(given) ? literal(given.default) : null,
      required: required.has(name),
    };
  });
}

interface Fields {
  properties: Map<string, unknown>;
  required: ReadonlySet<unknown>;
}

// Enough for alternatives of combined parts; each may refer to the whole.
const deepest = 2;
const mostParts = 50;

/** The fields of an object, those of all its parts, and those of its alternatives: they are required where all require them. */
function fieldsOf(given: unknown, root: Schema, depth: number): Fields {
  const schema = follow(given, root);
  if (!isSchema(schema) || depth > deepest) return { properties: new Map(), required: new Set() };
  const parts = (key: string) =>
    Array.isArray(schema[key])
      ? schema[key].slice(0, mostParts).map(part => fieldsOf(part, root, depth + 1))
      : [];
  const own = isSchema(schema.properties) ? Object.entries(schema.properties) : [];
  const [all, some] = [parts('allOf'), [...parts('anyOf'), ...parts('oneOf')]];
  const properties = new Map<string, unknown>();
  for (const fields of [...some, ...all])
    for (const [name, field] of fields.properties) properties.set(name, field);
  for (const [name, field] of own) properties.set(name, field);
  const required = new Set<unknown>(Array.isArray(schema.required) ? schema.required : []);
  for (const fields of all) for (const name of fields.required) required.add(name);
  for (const name of some[0]?.required ?? [])
    if (some.every(fields => fields.required.has(name))) required.add(name);
  return { properties, required };
}

function signParameters(parameters: readonly Parameter[], schema: Schema): string {
  const signed = parameters.map(({ name, annotation, default: value, required }) => {
    const asked = `${name}${required || value !== null ? '' : '?'}: ${annotation ?? 'any'}`;
    return value === null ? asked : `${asked} = ${value}`;
  });
  const open = schema.additionalProperties ?? parameters.length === 0;
  return [...signed, ...(open === false ? [] : ['...'])].join(', ');
}

function resultOf(output: string | null): string {
  return output === null ? 'any' : annotate(parse(output), parse(output));
}
