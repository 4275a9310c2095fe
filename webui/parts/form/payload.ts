// What a form holds: the payload it starts with, and the payload after an edit. Pure.
import type { Json, JsonObject } from '../../../client/index.ts';
import type { Case, Field, FieldOf } from './field.ts';
import { isObject, valueAt, withValueAt } from './pointer.ts';

/**
 * The payload before anybody typed: what was given, and what leaves no choice. Defaults are shown in the form but not
 * sent: whoever leaves a field alone leaves it to the actor, as over HTTP.
 */
export function startingPayload(root: Field, given: JsonObject): JsonObject {
  return fill(given, [root]);
}

function fill(payload: JsonObject, fields: readonly Field[]): JsonObject {
  return fields.reduce(fillOne, payload);
}

function fillOne(payload: JsonObject, field: Field): JsonObject {
  const held = valueAt(payload, field.pointer);
  const start = held === undefined || field.kind === 'fixed' ? startOf(field) : undefined;
  const next = start === undefined ? payload : withValueAt(payload, field.pointer, start);
  if (field.kind === 'group') return isWanted(field, next) ? fill(next, field.fields) : next;
  if (field.kind !== 'cases' || !isWanted(field, next)) return next;
  const chosen = fillOne(next, field.choice);
  return fill(chosen, [...field.shared, ...(activeCase(field, chosen)?.fields ?? [])]);
}

function startOf(field: Field): Json | undefined {
  if (!field.required) return undefined;
  if (field.preset !== undefined) return field.preset;
  if (field.kind === 'fixed') return field.value;
  if (field.kind === 'flag') return false;
  if (field.kind === 'choice' && field.options.length === 1) return field.options[0]?.value;
  return (field.kind === 'group' || field.kind === 'cases') && field.pointer !== '' ? {} : undefined;
}

/** An object nobody asked for stays away, so that its own required members are not asked for either. */
function isWanted(field: Field, payload: JsonObject): boolean {
  return field.required || isObject(valueAt(payload, field.pointer));
}

/** The case that the payload is in; undefined when its deciding member has no known value. */
function activeCase(field: FieldOf<'cases'>, payload: JsonObject): Case | undefined {
  const value = valueAt(payload, field.choice.pointer);
  return field.cases.find(one => one.value === value);
}

/** The members that are there now: of a group all, of a set of cases those that go with the present choice. */
export function visibleMembers(field: Field, payload: JsonObject): Field[] {
  return members(field, payload).flatMap(inner =>
    // A case that is a set of cases again (of the same object) adds its choice and its members to ours.
    inner.kind === 'cases' && inner.pointer === field.pointer ? visibleMembers(inner, payload) : inner,
  );
}

function members(field: Field, payload: JsonObject): Field[] {
  if (field.kind === 'group') return field.fields;
  if (field.kind !== 'cases') return [];
  return [field.choice, ...field.shared, ...(activeCase(field, payload)?.fields ?? [])];
}

/** The payload after one field was given another value (undefined empties it). Choosing another case drops what only the old one knew. */
export function editPayload(
  root: Field,
  payload: JsonObject,
  pointer: string,
  value: Json | undefined,
): JsonObject {
  const owner = ownerOf(root, payload, pointer);
  const edited = withValueAt(payload, pointer, value);
  return owner ? switchCase(owner, payload, edited) : edited;
}

function ownerOf(field: Field, payload: JsonObject, pointer: string): FieldOf<'cases'> | null {
  if (field.kind === 'cases' && field.choice.pointer === pointer) return field;
  for (const inner of members(field, payload)) {
    const owner = ownerOf(inner, payload, pointer);
    if (owner) return owner;
  }
  return null;
}

function switchCase(field: FieldOf<'cases'>, before: JsonObject, after: JsonObject): JsonObject {
  const settled = fill(settleChoices(field, after), [field]);
  const kept = leaves(field, settled);
  const gone = leaves(field, before).filter(pointer => !kept.includes(pointer));
  return gone.reduce((payload, pointer) => withValueAt(payload, pointer, undefined), settled);
}

/** A choice of the new case that the old one's value does not fit is open again. */
function settleChoices(field: Field, payload: JsonObject): JsonObject {
  if (field.kind === 'choice' && !fits(field, payload)) return withValueAt(payload, field.pointer, undefined);
  return members(field, payload).reduce((settled, inner) => settleChoices(inner, settled), payload);
}

function fits(field: FieldOf<'choice'>, payload: JsonObject): boolean {
  const value = valueAt(payload, field.pointer);
  return value === undefined || field.options.some(option => option.value === value);
}

/** The pointers of every single value that can be there now. */
function leaves(field: Field, payload: JsonObject): string[] {
  if (field.kind !== 'group' && field.kind !== 'cases') return [field.pointer];
  return members(field, payload).flatMap(inner => leaves(inner, payload));
}
