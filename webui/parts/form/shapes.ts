// Reads the schemas of single values: texts, numbers, closed choices. Objects and unions are schema.ts. Pure.
import type { Json, JsonObject } from '../../../client/index.ts';
import type { Choice, Shape } from './field.ts';
import { isObject } from './pointer.ts';

// zod writes these bounds for every integer; they are no news to anybody.
const NO_BOUND = Number.MAX_SAFE_INTEGER;
const LONG_NAMES = /^(.*_)?(prompt|text|message|body|description|script|command|notes?)$/i;
const LONG_HINTS = /multi-?line|several lines|long text|free text/i;

/** A line of text, or several where its bound, format, name or description asks for it. */
export function readText(schema: JsonObject, name: string): Shape {
  const maxLength = numberOf(schema.maxLength);
  const format = textOf(schema.format);
  const hinted =
    format === 'textarea' || format === 'multiline' || LONG_HINTS.test(textOf(schema.description) ?? '');
  const long = (maxLength ?? 0) > 200 || hinted || (LONG_NAMES.test(name) && maxLength === undefined);
  return defined({
    kind: 'text',
    long,
    minLength: numberOf(schema.minLength),
    maxLength,
    pattern: textOf(schema.pattern) ?? undefined,
    format: format ?? undefined,
  });
}

/** A number with the bounds that mean something. */
export function readNumber(schema: JsonObject): Shape {
  const integer = schema.type === 'integer';
  const bound = (value: Json | undefined, exclusive: Json | undefined, inward: number) => {
    const open = numberOf(exclusive);
    const limit = numberOf(value) ?? (open === undefined ? undefined : open + (integer ? inward : 0));
    return limit === undefined || Math.abs(limit) >= NO_BOUND ? undefined : limit;
  };
  return defined({
    kind: 'number',
    integer,
    min: bound(schema.minimum, schema.exclusiveMinimum, 1),
    max: bound(schema.maximum, schema.exclusiveMaximum, -1),
    step: numberOf(schema.multipleOf),
  });
}

/** A closed set of plain values: `enum`, or a union of constants, which may have titles. */
export function readOptions(schema: JsonObject): Choice[] | null {
  if (Array.isArray(schema.enum)) return allChoices(schema.enum.map(value => ({ value, title: null })));
  const union = schema.anyOf ?? schema.oneOf;
  if (!Array.isArray(union) || !union.every(one => isObject(one) && one.const !== undefined)) return null;
  return allChoices((union as JsonObject[]).map(one => ({ value: one.const!, title: textOf(one.title) })));
}

function allChoices(found: { value: Json; title: string | null }[]): Choice[] | null {
  const choices = found.flatMap(({ value, title }): Choice[] =>
    typeof value === 'object' && value !== null ? [] : [{ value, label: title ?? String(value) }],
  );
  return choices.length === found.length && choices.length > 0 ? choices : null;
}

/** A name as words: `num_images` is “Number of images”. */
export function labelFrom(name: string): string {
  const words = name.replace(/^num_/, 'number of ').replaceAll(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** A text that says something; null for anything else. */
export function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** The shape without its undefined members, which exact optional types do not allow. */
export function defined(shape: { kind: string; [key: string]: unknown }): Shape {
  return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Shape;
}
