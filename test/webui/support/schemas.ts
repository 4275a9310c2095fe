// JSON Schemas as actors publish them, made by the same library.
import { z } from 'zod';
import type { JsonObject } from '../../../client/index.ts';

export const toSchema = (schema: z.ZodType): JsonObject =>
  JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input' })));

const picture = z.object({
  prompt: z.string().min(1).max(2_000).meta({ title: 'Prompt', description: 'What to draw.' }),
  width: z.int().min(64).max(2_048).default(1_024),
  seed: z.int().optional(),
});

/** A set of cases told apart by one constant. */
export const byAction = toSchema(
  z.discriminatedUnion('action_type', [
    z.object({
      action_type: z.literal('txt2img'),
      provider: z.enum(['studio', 'other']).default('studio'),
      params: picture,
    }),
    z.object({
      action_type: z.literal('img2vid'),
      provider: z.enum(['studio', 'other']).default('studio'),
      params: picture.extend({ source_image: z.string(), motion: z.enum(['zoom', 'pan']).default('pan') }),
      loop: z.boolean().default(true),
    }),
  ]),
);

/** A set of cases told apart by two constants, one after the other. */
export const byProviderAndAction = toSchema(
  z.union([
    z.object({ provider: z.literal('a'), action_type: z.literal('txt2img'), params: picture }),
    z.object({ provider: z.literal('a'), action_type: z.literal('img2vid'), frames: z.int().default(24) }),
    z.object({
      provider: z.literal('b'),
      action_type: z.literal('txt2img'),
      style: z.string().default('ink'),
    }),
  ]),
);
