// JSON Pointers (RFC 6901) into a payload: read, and change without touching the original. Pure.
import type { Json, JsonObject } from '../../../client/index.ts';

/** The pointer of a member of what `parent` points at. */
export function member(parent: string, name: string): string {
  return `${parent}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function steps(pointer: string): string[] {
  const escaped = pointer.split('/').slice(1);
  return escaped.map(step => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Tells an object from every other JSON value. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at the pointer; undefined where there is none. */
export function valueAt(root: JsonObject, pointer: string): Json | undefined {
  let value: Json | undefined = root;
  for (const step of steps(pointer)) {
    value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}

/** A copy with another value at the pointer (undefined removes it); objects on the way are made where they lack. */
export function withValueAt(root: JsonObject, pointer: string, value: Json | undefined): JsonObject {
  return place(root, steps(pointer), value);
}

function place(at: JsonObject, [step, ...rest]: string[], value: Json | undefined): JsonObject {
  if (step === undefined) return isObject(value) ? value : at;
  if (rest.length === 0 && value === undefined) {
    const { [step]: _removed, ...others } = at;
    return others;
  }
  const inner = Object.hasOwn(at, step) ? at[step] : undefined;
  const placed = rest.length === 0 ? value! : place(isObject(inner) ? inner : {}, rest, value);
  return { ...at, [step]: placed };
}
