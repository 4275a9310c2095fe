// Whatever an actor throws, as the error that is stored: bounded in size, JSON, without credentials. Pure.
import type { Json, JsonObject, TaskError } from '../queue/index.ts';
// Not by the index: threads load this file, and have no use for the database's driver.
import { redact } from '../queue/program/redact.ts';
import { findUnstorable } from '../queue/storable.ts';

const bounds = { type: 200, message: 2_048, stack: 8_192, details: 4_096 } as const;
const maxCauses = 3;

/** Coerces a thrown value. The type is its `name`; details are its own enumerable properties that are JSON. */
export function toTaskError(thrown: unknown): TaskError {
  try {
    return coerce(thrown);
  } catch {
    // A getter or a proxy that throws while it is looked at.
    return {
      type: 'Error',
      message: 'The actor threw something that cannot be read.',
      details: {},
      stack_trace: '',
    };
  }
}

function coerce(thrown: unknown): TaskError {
  if (!(thrown instanceof Error) && !looksLikeError(thrown))
    return { type: 'Error', message: clean(textOf(thrown), bounds.message), details: {}, stack_trace: '' };
  return {
    type: clean(nameOf(thrown), bounds.type),
    message: clean(String(thrown.message), bounds.message),
    details: detailsOf(thrown),
    stack_trace: clean(stackOf(thrown), bounds.stack),
  };
}

interface ErrorLike {
  name: unknown;
  message: unknown;
  stack?: unknown;
  cause?: unknown;
}

/** Also errors of another realm, such as a vm context. */
function looksLikeError(value: unknown): value is ErrorLike {
  return typeof value === 'object' && value !== null && 'name' in value && 'message' in value;
}

function nameOf({ name }: ErrorLike): string {
  return typeof name === 'string' && name !== '' ? name : 'Error';
}

function textOf(value: unknown): string {
  return typeof value === 'object' && value !== null ? (JSON.stringify(value) ?? 'undefined') : String(value);
}

function stackOf(error: ErrorLike): string {
  const stacks: string[] = [];
  for (let at: unknown = error; looksLikeError(at) && stacks.length <= maxCauses; at = at.cause)
    stacks.push(typeof at.stack === 'string' ? at.stack : `${nameOf(at)}: ${String(at.message)}`);
  return stacks.join('\nCaused by: ');
}

const shownElsewhere = new Set(['name', 'message', 'stack', 'cause']);

/** Own properties that are JSON, as many as fit. */
function detailsOf(error: object): JsonObject {
  const details: JsonObject = {};
  let left = bounds.details;
  for (const [key, value] of Object.entries(error)) {
    if (shownElsewhere.has(key) || findUnstorable({ [key]: value })) continue;
    const kept: Json = secretKey.test(key) ? '***' : cleanJson(value as Json);
    const size = Buffer.byteLength(JSON.stringify({ [key]: kept }));
    if (size > left) continue;
    left -= size;
    Object.defineProperty(details, key, {
      value: kept,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return details;
}

const secretKey = /api[-_]?key|token|secret|passw|authorization|cookie|credential/i;

function cleanJson(value: Json): Json {
  const text = JSON.stringify(value, (key, field: unknown) => (secretKey.test(key) ? '***' : field));
  return JSON.parse(redact(text));
}

/** Without credentials and broken characters, and at most `max` bytes long. */
function clean(text: string, max: number): string {
  const whole = redact(text.slice(0, 4 * max)).toWellFormed();
  if (Buffer.byteLength(whole) <= max) return whole;
  // Cutting bytes may cut a character: the decoder marks it, and the mark is removed.
  return Buffer.from(whole)
    .subarray(0, max)
    .toString()
    .replace(/\uFFFD$/, '');
}
