// Which JSON values MongoDB gives back exactly as they were given; everything else is refused at the door.

// mongod refuses documents nested deeper than 200 levels on write, but 100 is the documented limit.
const maxDepth = 90;

export interface ValueProblem {
  pointer: string;
  detail: string;
}

/**
 * The first reason why `value` could not be stored exactly, or null when it can. `$`-keys, dots and `__proto__` are
 * ordinary keys; what BSON or its driver would change or interpret is named with its JSON Pointer.
 */
export function findUnstorable(value: unknown, pointer = ''): ValueProblem | null {
  return findIn(value, pointer, 0);
}

function findIn(value: unknown, pointer: string, depth: number): ValueProblem | null {
  if (value === null || typeof value === 'boolean') return null;
  if (typeof value === 'number')
    return Number.isFinite(value) ? null : { pointer, detail: 'must be a finite number' };
  if (typeof value === 'string') return checkText(value, pointer, 'text');
  if (typeof value !== 'object') return { pointer, detail: 'must be JSON' };
  if (depth >= maxDepth) return { pointer, detail: `is nested deeper than ${maxDepth} levels` };
  if (Array.isArray(value)) return first(value.entries(), pointer, depth);
  return checkObject(value, pointer) ?? first(Object.entries(value), pointer, depth);
}

function first(
  entries: Iterable<[string | number, unknown]>,
  pointer: string,
  depth: number,
): ValueProblem | null {
  for (const [key, child] of entries) {
    const at = `${pointer}/${escapePointer(String(key))}`;
    const problem = findIn(child, at, depth + 1);
    if (problem) return problem;
  }
  return null;
}

function checkObject(value: object, pointer: string): ValueProblem | null {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return { pointer, detail: 'must be plain JSON' };
  // The driver turns an object with both keys into a database reference when it reads it back.
  if (Object.hasOwn(value, '$ref') && Object.hasOwn(value, '$id'))
    return { pointer, detail: 'may not have both "$ref" and "$id"' };
  for (const key of Object.keys(value)) {
    if (key.includes('\0')) return { pointer, detail: 'has a key with a NUL character' };
    // The driver reads this key as "I am a BSON type", and `toBSON` as a conversion to call.
    if (key === '_bsontype') return { pointer, detail: 'may not have the key "_bsontype"' };
    const problem = checkText(key, pointer, 'a key');
    if (problem) return problem;
  }
  return null;
}

function checkText(text: string, pointer: string, what: string): ValueProblem | null {
  return text.isWellFormed()
    ? null
    : { pointer, detail: `has ${what} with a lone surrogate (broken Unicode)` };
}

/** Escapes a key for a JSON Pointer (RFC 6901). */
export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
