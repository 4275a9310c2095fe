// What the server says of itself and of requests that it refuses.
import { z } from 'zod';

export const fieldProblem = z.object({
  pointer: z.string().describe("JSON Pointer from the root of the body, or `/` and a parameter's name"),
  detail: z.string(),
});

export const problem = z
  .object({
    type: z.string().describe('A name to compare, such as `urn:callsheet:problems/not-found`'),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    instance: z.string().describe('The id of the request, which the log of the server has too'),
    errors: z.array(fieldProblem).exactOptional().describe('Each wrong field'),
  })
  .describe('A refusal (RFC 9457)');

export const session = z
  .object({
    name: z.string().nullable().describe('Of the key; null where no keys are asked for'),
    scopes: z.array(z.enum(['read', 'write', 'worker', 'admin'])),
  })
  .describe('Who the page speaks for');

export const readiness = z.object({ ready: z.boolean(), reasons: z.array(z.string()) });
export const health = z.object({ status: z.literal('ok') });
