// Finds what is wrong with a payload before the server has to say so. The server's word stays the last one. Pure.
import type { FieldProblem, Json, JsonObject } from '../../../client/index.ts';
import type { Field, FieldOf } from './field.ts';
import { visibleMembers } from './payload.ts';
import { isObject, valueAt } from './pointer.ts';

/** Every problem that the fields can see, each at its pointer into the payload. */
export function checkPayload(field: Field, payload: JsonObject): FieldProblem[] {
  const value = field.pointer === '' ? payload : valueAt(payload, field.pointer);
  if (value === undefined) return field.required ? [problem(field, missing(field))] : [];
  const detail = checkValue(field, value);
  if (detail !== null) return [problem(field, detail)];
  return visibleMembers(field, payload).flatMap(inner => checkPayload(inner, payload));
}

function problem(field: Field, detail: string): FieldProblem {
  return { pointer: field.pointer, detail };
}

function missing(field: Field): string {
  return field.kind === 'choice' ? 'Choose one.' : 'This is needed.';
}

function checkValue(field: Field, value: Json): string | null {
  // Whether null is welcome is lost on the way from schema to field, and only the JSON tab can write it.
  if (value === null && field.kind !== 'choice') return null;
  switch (field.kind) {
    case 'text':
      return checkText(field, value);
    case 'number':
      return checkNumber(field, value);
    case 'flag':
      return typeof value === 'boolean' ? null : 'This is yes or no.';
    case 'choice':
      return field.options.some(option => option.value === value) ? null : `Choose one of: ${words(field)}.`;
    case 'list':
      return checkList(field, value);
    case 'group':
    case 'cases':
      return isObject(value) ? null : 'This must be an object: {…}.';
    default:
      return null;
  }
}

function words(field: FieldOf<'choice'>): string {
  return field.options.map(option => option.label).join(', ');
}

function checkText(field: FieldOf<'text'>, value: Json): string | null {
  if (typeof value !== 'string') return 'This must be text.';
  const length = Array.from(value).length;
  if (field.minLength !== undefined && length < field.minLength) {
    return field.minLength === 1 ? 'This is needed.' : `At least ${field.minLength} characters, please.`;
  }
  if (field.maxLength !== undefined && length > field.maxLength) {
    return `${length - field.maxLength} characters too long: at most ${field.maxLength}.`;
  }
  if (field.pattern === undefined || matches(field.pattern, value)) return null;
  return value.trim() === '' ? 'This is needed.' : `This must match ${field.pattern}`;
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true;
  }
}

function checkNumber(field: FieldOf<'number'>, value: Json): string | null {
  if (typeof value !== 'number') return 'This must be a number.';
  if (field.integer && !Number.isInteger(value)) return 'This must be a whole number.';
  if (field.min !== undefined && value < field.min) return `At least ${field.min}.`;
  if (field.max !== undefined && value > field.max) return `At most ${field.max}.`;
  if (field.step !== undefined && !isMultiple(value, field.step)) return `In steps of ${field.step}.`;
  return null;
}

function isMultiple(value: number, step: number): boolean {
  const times = value / step;
  return Math.abs(times - Math.round(times)) < 1e-9;
}

function checkList(field: FieldOf<'list'>, value: Json): string | null {
  if (!Array.isArray(value)) return 'This must be a list.';
  if (field.minItems !== undefined && value.length < field.minItems)
    return `At least ${field.minItems} lines.`;
  if (field.maxItems !== undefined && value.length > field.maxItems)
    return `At most ${field.maxItems} lines.`;
  return value.every(item => typeof item === 'string') ? null : 'Every line must be text.';
}
