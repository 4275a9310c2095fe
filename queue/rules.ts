// The rules that an actor or a job may come with, as they are checked when somebody names them: limits, times, retries.
import { z } from 'zod';
import { identifierProblem } from './route.ts';

const limit = z.int().min(1).max(10_000);
const ms = z
  .int()
  .min(1)
  .max(7 * 24 * 3_600_000);
const waitMs = z
  .int()
  .min(0)
  .max(366 * 24 * 3_600_000);

const identifier = z
  .string()
  .refine(
    key => identifierProblem(key) === null && key.isWellFormed() && !key.includes('\0'),
    'is no value that a limit can have: 1 to 200 clean characters, no "#", no "route:" at its beginning',
  );

export const concurrencySchema = z.union([
  z.strictObject({ limit }),
  z.strictObject({
    key: z
      .string()
      .max(200)
      .regex(/^(\/[^/]*)+$/, 'is a JSON Pointer such as "/provider"'),
    limits: z.record(identifier, limit),
    default: limit,
  }),
]);

export const timeoutsSchema = z.strictObject({ soft_ms: ms.optional(), hard_ms: ms.optional() });

export const retrySchema = z.strictObject({
  max_retries: z.int().min(0).max(100).optional(),
  base_ms: waitMs.optional(),
  max_ms: waitMs.optional(),
  jitter: z.boolean().optional(),
});

export const categorySchema = z
  .string()
  .max(32)
  .regex(/^[a-z][a-z0-9_-]*$/, 'may have a-z, 0-9, "_" and "-" only');
