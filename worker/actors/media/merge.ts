// What several JSON Schemas of objects have in common, and what each of them asks beyond that. Pure.

type PropertySchema = Record<string, unknown>;

export interface ObjectSchema {
  properties: Record<string, PropertySchema>;
  required: string[];
}

/** All properties of all schemas, each as loose as the loosest; required is what every schema requires. */
export function shareOf(schemas: readonly ObjectSchema[]): ObjectSchema {
  const names = new Set(schemas.flatMap(({ properties }) => Object.keys(properties)));
  const merged = [...names].map(name => {
    const variants = schemas.flatMap(({ properties }) => (properties[name] ? [properties[name]] : []));
    return [name, variants.reduce(loosest)] as const;
  });
  const [first, ...others] = schemas;
  const required = first?.required.filter(name => others.every(other => other.required.includes(name))) ?? [];
  return { properties: Object.fromEntries(merged), required };
}

/** What `schema` says beyond `shared`; null when nothing. */
export function beyond(schema: ObjectSchema, shared: ObjectSchema): Partial<ObjectSchema> | null {
  const properties = Object.entries(schema.properties).filter(
    ([name, own]) => !isSame(own, shared.properties[name]),
  );
  const required = schema.required.filter(name => !shared.required.includes(name));
  if (properties.length === 0 && required.length === 0) return null;
  return {
    ...(properties.length > 0 && { properties: Object.fromEntries(properties) }),
    ...(required.length > 0 && { required }),
  };
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Words are taken from the first, bounds from the wider one; any other keyword only where both say the same. */
function loosest(one: PropertySchema, other: PropertySchema): PropertySchema {
  const merged = Object.entries(one).flatMap(([keyword, value]) => {
    const kept = looser(keyword, value, other[keyword]);
    return kept === undefined ? [] : [[keyword, kept]];
  });
  return Object.fromEntries(merged);
}

function looser(keyword: string, one: unknown, other: unknown): unknown {
  if (keyword === 'title' || keyword === 'description' || isSame(one, other)) return one;
  if (typeof one !== 'number' || typeof other !== 'number') return undefined;
  if (/^(minimum|minLength|minItems)$/.test(keyword)) return Math.min(one, other);
  return /^(maximum|maxLength|maxItems)$/.test(keyword) ? Math.max(one, other) : undefined;
}
