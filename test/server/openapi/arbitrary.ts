// Values for fast-check from JSON Schemas: mostly what a schema allows, now and then what it does not.
import fc, { type Arbitrary } from 'fast-check';
import type { ApiDocument, Schema } from './document.ts';

const oddKeys = [
  '',
  '$where',
  '$ref',
  '__proto__',
  'constructor',
  'a.b',
  'a\0',
  '\ud800',
  '_id',
  'x'.repeat(300),
];

/** Text that has caused trouble somewhere, and text of any kind. */
const oddText = fc.oneof(
  fc.constantFrom(...oddKeys, 'NaN', '../..', "' or 1=1", '💥', '-1', '1e999'),
  fc.string({ unit: 'binary' }),
);

/** Mostly the one, now and then the other. */
export const mostly = <T>(usual: Arbitrary<T>, other: Arbitrary<T>): Arbitrary<T> =>
  fc.oneof({ weight: 20, arbitrary: usual }, { weight: 1, arbitrary: other });

/** Any JSON, rarely deep; with keys that are dangerous to code that trusts them. */
export const anyJson: Arbitrary<unknown> = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(null, true, false, 0, -1, 1.5, 1e21, 2 ** 53),
    oddText,
    fc.array(tie('value'), { maxLength: 3 }),
    objectOf(tie('value')),
  ),
})).value;

function objectOf(value: Arbitrary<unknown>): Arbitrary<unknown> {
  const key = fc.oneof(fc.constantFrom(...oddKeys, 'payload', 'actor', 'type'), fc.string());
  return fc.array(fc.tuple(key, value), { maxLength: 3 }).map(Object.fromEntries);
}

/** Values of a schema inside, under a name if it has one. */
type Inner = (schema: unknown, name?: string) => Arbitrary<unknown>;

/** Values of a schema of the document; `wrong` parts of a hundred of its parts are anything else. */
export function valuesOf(api: ApiDocument, schema: Schema, wrong = 2, name = ''): Arbitrary<unknown> {
  const right = valid(api, schema, wrong, 0, name);
  return fc.oneof({ weight: 100 - wrong, arbitrary: right }, { weight: wrong, arbitrary: anyJson });
}

function valid(
  api: ApiDocument,
  schema: Schema,
  wrong: number,
  depth: number,
  name = '',
): Arbitrary<unknown> {
  const of: Inner = (inner, key = '') =>
    depth > 6 ? fc.constant(null) : valuesOf(api, inner as Schema, wrong, key);
  if (typeof schema.$ref === 'string') {
    const component = schema.$ref.slice('#/components/schemas/'.length);
    return valid(api, api.components.schemas[component] ?? {}, wrong, depth + 1);
  }
  if ('const' in schema) return fc.constant(schema.const);
  if (Array.isArray(schema.enum)) return fc.constantFrom<unknown>(...schema.enum);
  const options = schema.anyOf ?? schema.oneOf;
  if (Array.isArray(options)) return fc.oneof(...options.map(option => of(option, name)));
  if (Array.isArray(schema.allOf))
    return merged(
      schema,
      schema.allOf.map(part => of(part)),
      of,
    );
  if (schema.type === 'object') return fieldsOf(schema, of);
  if (schema.type === 'array') return fc.array(of(schema.items ?? {}), { maxLength: 4 });
  return scalar(schema, name);
}

/** Objects that are all of these and this. */
function merged(schema: Schema, parts: Arbitrary<unknown>[], of: Inner) {
  return fc.tuple(...parts, fieldsOf(schema, of)).map(values => Object.assign({}, ...values));
}

function fieldsOf(schema: Schema, of: Inner): Arbitrary<unknown> {
  const { properties, required = [] } = schema as {
    properties?: Record<string, Schema>;
    required?: string[];
  };
  if (!properties) return objectOf(anyJson);
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, inner]) => [name, of(inner, name)]),
  );
  const known = fc.record(fields, { requiredKeys: required });
  const extra = mostly<unknown>(fc.constant({}), objectOf(anyJson));
  return fc.tuple(known, extra).map(([said, more]) => ({ ...said, ...(more as object) }));
}

/** What a name has no pattern for. */
const usualTexts: Record<string, string> = { cron: '0 9 * * *', time_zone: 'UTC', category: 'analysis' };
const moment = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2030-01-01') });

function scalar(schema: Schema, name = ''): Arbitrary<unknown> {
  const { minimum = -1e6, maximum = 1e6 } = schema as { minimum?: number; maximum?: number };
  switch (schema.type) {
    case 'integer':
      return mostly(fc.integer({ min: minimum, max: maximum }), fc.constantFrom(minimum - 1, maximum + 1));
    case 'number':
      return fc.double({ min: minimum, max: maximum, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      if (name in usualTexts) return mostly(fc.constant(usualTexts[name]), oddText);
      if (schema.format === 'date-time')
        return mostly(
          moment.map(date => date.toISOString()),
          oddText,
        );
      return mostly(fc.stringMatching(/^[a-z0-9_-]{1,12}$/), oddText);
    default:
      return anyJson;
  }
}
