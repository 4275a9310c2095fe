// Checking input by a zod schema, with every problem named by its JSON Pointer.
import type { z } from 'zod';
import { InvalidInput } from './errors.ts';
import { escapePointer } from './storable.ts';

/** The checked value; throws InvalidInput with all problems. `base` is the pointer of the value in the whole. */
export function checkInput<T extends z.ZodType>(schema: T, value: unknown, base = ''): z.output<T> {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  throw new InvalidInput(
    error.issues.map(issue => ({
      pointer: base + issue.path.map(key => `/${escapePointer(String(key))}`).join(''),
      detail: issue.message,
    })),
  );
}
