// Smooths a JSON Schema before it is read: local references, `allOf`, rules that depend on the payload, "or null". Pure.
import type { Json, JsonObject } from '../../../client/index.ts';
import { isObject, valueAt } from './pointer.ts';

// A schema may refer to itself; past this many steps the rest is edited as JSON.
const MOST_STEPS = 16;

/** One plain schema for whatever was written: references followed, `allOf` merged, a lone alternative to null taken. */
export function resolveSchema(raw: Json | undefined, root: JsonObject): JsonObject {
  let schema: JsonObject = isObject(raw) ? raw : {};
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const next = simplify(schema, root);
    if (next === schema) return schema;
    schema = next;
  }
  return {};
}

function simplify(schema: JsonObject, root: JsonObject): JsonObject {
  const { $ref, allOf, ...rest } = schema;
  if (typeof $ref === 'string') return { ...target($ref, root), ...rest };
  if (Array.isArray(allOf))
    return allOf.reduce((merged: JsonObject, part) => merge(merged, resolveSchema(part, root)), rest);
  return withoutNull(schema);
}

function target(ref: string, root: JsonObject): JsonObject {
  const found = ref.startsWith('#') ? valueAt(root, decodeURIComponent(ref.slice(1))) : undefined;
  return isObject(found) ? found : {};
}

/** What holds for a value that fits both: the later one's words and bounds, the members and needs of both. */
function merge(a: JsonObject, b: JsonObject): JsonObject {
  const merged = { ...a, ...b };
  const [mine, other] = [a.properties, b.properties];
  if (isObject(mine) && isObject(other)) {
    const shared = Object.keys(other).map(name => [name, mergeMembers(mine[name], other[name])] as const);
    merged.properties = { ...mine, ...Object.fromEntries(shared) };
  }
  if (Array.isArray(a.required) && Array.isArray(b.required))
    merged.required = [...a.required, ...b.required];
  return merged;
}

function mergeMembers(a: Json | undefined, b: Json | undefined): Json {
  return isObject(a) && isObject(b) ? merge(a, b) : (b ?? {});
}

/** The schema as it stands for this payload: its `if … then … else` rules that ask for constants are decided. */
export function decideRules(schema: JsonObject, payload: JsonObject): JsonObject {
  const { allOf, ...rest } = schema;
  const parts = [rest, ...(Array.isArray(allOf) ? allOf.filter(isObject) : [])];
  return parts.reduce((decided, { if: asked, then, else: otherwise, ...part }) => {
    const branch = isObject(asked) ? (holds(asked, payload) ? then : otherwise) : undefined;
    return merge(merge(decided, part), isObject(branch) ? branch : {});
  }, {});
}

function holds(asked: JsonObject, payload: JsonObject): boolean {
  const required = Array.isArray(asked.required) ? asked.required : [];
  const properties = isObject(asked.properties) ? Object.entries(asked.properties) : [];
  const present = (name: Json) => typeof name === 'string' && Object.hasOwn(payload, name);
  return (
    required.every(present) && properties.every(([name, rule]) => !present(name) || fits(payload[name], rule))
  );
}

function fits(value: Json | undefined, rule: Json): boolean {
  if (!isObject(rule)) return true;
  if (rule.const !== undefined) return value === rule.const;
  return !Array.isArray(rule.enum) || rule.enum.some(one => one === value);
}

/** `anyOf: [X, null]` and `type: [X, "null"]` are X that may be left out. */
function withoutNull(schema: JsonObject): JsonObject {
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter(type => type !== 'null');
    return types.length === 1 ? { ...schema, type: types[0]! } : schema;
  }
  for (const key of ['anyOf', 'oneOf'] as const) {
    const union = schema[key];
    if (!Array.isArray(union)) continue;
    const others = union.filter(one => !(isObject(one) && one.type === 'null'));
    const { [key]: _union, ...rest } = schema;
    if (others.length === 1 && isObject(others[0])) return { ...others[0], ...rest };
    if (others.length < union.length && others.length > 0) return { ...rest, [key]: others };
  }
  return schema;
}
