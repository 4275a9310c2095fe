// The schemas of actors as JSON Schema, for the catalog. Checking payloads by them is in payload.ts.
import { z } from 'zod';
import type { ActorSchema } from './actor.ts';
import { isStandard } from './payload.ts';

/**
 * The JSON Schema (draft 2020-12) of what goes in or comes out. Throws when the schema cannot be said as one, such as
 * a date or a transform.
 */
export function toJsonSchema(schema: ActorSchema, io: 'input' | 'output'): object {
  if (!isStandard(schema)) return schema;
  if (schema instanceof z.ZodType) return z.toJSONSchema(schema, { io });
  const converter = schema['~standard'].jsonSchema;
  if (!converter) throw new TypeError(`${schema['~standard'].vendor} schemas give no JSON Schema`);
  return converter[io]({ target: 'draft-2020-12' });
}
