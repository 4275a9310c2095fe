// Reading what a request says: JSON bodies, query parameters, names in the path. All refusals are problems.
import type { Context, MiddlewareHandler, Next } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { z } from 'zod';
import { checkInput, InvalidInput } from '../queue/index.ts';
import { type FieldProblem, Problem } from './problems.ts';

const jsonType = /^\s*application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

/**
 * Refuses larger bodies. What says its length is believed, since the HTTP parser reads no further, and its body is left
 * alone: to touch it as a stream, as Hono's own limit does, is a third of the cost of a small POST.
 */
export function limitBody(maxSize: number, refuse: () => never): MiddlewareHandler {
  const count = bodyLimit({ maxSize, onError: refuse });
  return (c, next) => {
    const said = c.req.header('content-length');
    if (said === undefined || c.req.header('transfer-encoding') !== undefined) return count(c, next);
    return Number(said) > maxSize ? refuse() : next();
  };
}

/** The body as JSON, with every key kept as it is. Throws 415, 400; the size is limited before. */
export async function readJson(c: Context): Promise<unknown> {
  if (!jsonType.test(c.req.header('content-type') ?? ''))
    throw new Problem('unsupported-media-type', 'Send JSON with the header Content-Type: application/json.');
  const text = decode(await readBytes(c));
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem(
      'malformed-json',
      text === '' ? 'The body is empty.' : 'The body is not well-formed JSON.',
    );
  }
}

async function readBytes(c: Context): Promise<ArrayBuffer> {
  try {
    return await c.req.arrayBuffer();
  } catch {
    throw new Problem('bad-request', 'The body ended too early.');
  }
}

function decode(bytes: ArrayBuffer): string {
  try {
    // Fatal: replacing broken bytes would store something else than what was sent.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem('malformed-json', 'The body is not UTF-8.');
  }
}

/**
 * The query by a schema of strings, each parameter at most once, those of `lists` any number of times, as lists; unknown
 * ones are refused by name.
 */
export function readQuery<T extends z.ZodObject>(
  c: Context,
  schema: T,
  lists: readonly (keyof T['shape'] & string)[] = [],
): z.output<T> {
  const known = Object.keys(schema.shape);
  const { searchParams } = new URL(c.req.url);
  const problems: FieldProblem[] = [];
  for (const name of new Set(searchParams.keys())) {
    if (!known.includes(name)) problems.push({ pointer: `/${name}`, detail: unknownParameter(known) });
    else if (searchParams.getAll(name).length > 1 && !lists.includes(name))
      problems.push({ pointer: `/${name}`, detail: 'is given twice' });
  }
  if (problems.length > 0) throw new InvalidInput(problems);
  const said = new Map<string, string | string[]>(searchParams);
  for (const name of lists) if (said.has(name)) said.set(name, searchParams.getAll(name));
  return checkInput(schema, Object.fromEntries(said));
}

function unknownParameter(known: readonly string[]): string {
  return `is not a parameter here; ${known.length > 0 ? `there are: ${known.join(', ')}` : 'there are none'}`;
}

const noQuery = z.strictObject({});

/** Refuses every query parameter: for requests that take none. */
export async function takeNoQuery(c: Context, next: Next): Promise<void> {
  if (c.req.url.includes('?')) readQuery(c, noQuery);
  await next();
}

/** A whole number in a query. */
export function wholeNumber(min: number, max: number) {
  const range = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d{1,9}$/, range)
    .transform(Number)
    .pipe(z.number().min(min, range).max(max, range))
    .meta({ type: 'integer', minimum: min, maximum: max });
}

/** Text that is a name of something: stored, compared, never interpreted. */
export const nameText = z
  .string()
  .min(1)
  .max(200)
  .refine(text => text.isWellFormed() && !text.includes('\0'), 'must be clean text');

/** A name in the path, decoded; `field` is what the pointer of a refusal calls it. */
export function pathName(c: Context, parameter: string, field: string): string {
  return checkInput(nameText, c.req.param(parameter), `/${field}`);
}
