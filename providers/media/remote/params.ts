// The params of a request in their schema's form.
import type { z } from 'zod';
import { InvalidRequestError } from '../errors.ts';
import type { GenerationRequest } from '../provider.ts';

/** The params with their defaults, without the source picture, which travels beside them. Throws InvalidRequestError. */
export function readParams<Schema extends z.ZodObject>(
  name: string,
  schema: Schema,
  { params, prompt, source_image }: GenerationRequest,
): z.output<Schema> {
  const given = { ...params, prompt, ...(source_image && { source_image: 'given' }) };
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'params'}: ${message}`,
  );
  throw new InvalidRequestError(`${name} cannot do this. ${problems.join('; ')}`);
}
