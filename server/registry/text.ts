// A JSON Schema as text that people read: types as TypeScript writes them. Pure, and total: schemas come from outside.

export type Schema = { readonly [keyword: string]: unknown };

export const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const longest = 200;
// A schema may refer to itself in every field: both together bound the work, not only the text.
const deepest = 3;
const mostShown = 6;

/** What a value of the schema is, in at most 200 characters. */
export function annotate(schema: unknown, root: Schema): string {
  return clip(typeOf(schema, root, 0));
}

/** A value as JSON, in at most 200 characters. */
export function literal(value: unknown): string {
  return clip(JSON.stringify(value) ?? 'null');
}

function clip(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1).toWellFormed()}…`;
}

/** The schema itself, or the one of this document that it refers to. */
export function follow(schema: unknown, root: Schema): unknown {
  let at = schema;
  for (let left = 8; left > 0 && isSchema(at) && typeof at.$ref === 'string'; left--)
    at = lookUp(at.$ref, root);
  return at;
}

function lookUp(ref: string, root: Schema): unknown {
  if (!/^#(?:\/|$)/.test(ref)) return undefined;
  let at: unknown = root;
  for (const part of ref.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string, unknown>)[key];
  }
  return at;
}

function typeOf(given: unknown, root: Schema, depth: number): string {
  const schema = follow(given, root);
  if (!isSchema(schema) || depth > deepest) return 'any';
  if ('const' in schema) return literal(schema.const);
  if (Array.isArray(schema.enum)) return union(schema.enum.slice(0, mostShown + 1).map(literal));
  for (const many of [schema.anyOf, schema.oneOf, schema.type])
    if (Array.isArray(many))
      return union(many.slice(0, mostShown + 1).map(one => branch(one, schema, root, depth)));
  if (Array.isArray(schema.allOf) && schema.type === undefined)
    return typeOf(schema.allOf[0], root, depth + 1);
  return plain(schema, root, depth);
}

/** One of several: a schema of its own, or the name of a type. */
function branch(one: unknown, schema: Schema, root: Schema, depth: number): string {
  return typeof one === 'string'
    ? plain({ ...schema, type: one }, root, depth)
    : typeOf(one, root, depth + 1);
}

function union(types: readonly string[]): string {
  const different = [...new Set(types)];
  const shown = different.slice(0, mostShown);
  return [...shown, ...(different.length > shown.length ? ['…'] : [])].join(' | ') || 'never';
}

function plain(schema: Schema, root: Schema, depth: number): string {
  const type = schema.type ?? (isSchema(schema.properties) ? 'object' : undefined);
  if (type === 'array') return arrayOf(schema, root, depth);
  if (type === 'object') return objectOf(schema, root, depth);
  return typeof type === 'string' ? type : 'any';
}

function arrayOf({ items }: Schema, root: Schema, depth: number): string {
  const item = typeOf(items, root, depth + 1);
  return item.includes(' ') ? `(${item})[]` : `${item}[]`;
}

function objectOf(
  { properties, required, additionalProperties }: Schema,
  root: Schema,
  depth: number,
): string {
  if (isSchema(properties) && Object.keys(properties).length > 0) {
    const needed = new Set(Array.isArray(required) ? required : []);
    const fields = Object.entries(properties);
    const shown = fields
      .slice(0, mostShown)
      .map(([name, field]) => `${name}${needed.has(name) ? '' : '?'}: ${typeOf(field, root, depth + 1)}`);
    return `{ ${[...shown, ...(fields.length > shown.length ? ['…'] : [])].join(', ')} }`;
  }
  return isSchema(additionalProperties)
    ? `{ [key: string]: ${typeOf(additionalProperties, root, depth + 1)} }`
    : 'object';
}
