// Checking input by a zod schema, with every problem named by its JSON Pointer and said in plain words.
import type { z } from 'zod';
import { InvalidInput } from './errors.ts';
import { escapePointer, type ValueProblem } from './storable.ts';

/** The checked value; throws InvalidInput with all problems. `base` is the pointer of the value in the whole. */
export function checkInput<T extends z.ZodType>(schema: T, value: unknown, base = ''): z.output<T> {
  const { success, data, error } = schema.safeParse(value, { error: inWords });
  if (success) return data;
  throw new InvalidInput(error.issues.flatMap(issue => problemsOf(issue, base)));
}

function problemsOf(issue: z.core.$ZodIssue, base: string): ValueProblem[] {
  const pointer = base + issue.path.map(key => `/${escapePointer(String(key))}`).join('');
  if (issue.code !== 'unrecognized_keys') return [{ pointer, detail: issue.message }];
  return issue.keys.map(key => ({
    pointer: `${pointer}/${escapePointer(key)}`,
    detail: 'is not a known field',
  }));
}

/** What a problem is called where the schema itself does not say it better. */
function inWords(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.input === undefined) return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeNames[issue.expected] ?? issue.expected}`;
    case 'too_small':
      return `must ${measure(issue.origin)} at least ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `must ${measure(issue.origin)} at most ${issue.maximum}${unit(issue.origin)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    default:
      return undefined;
  }
}

const typeNames: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

const measure = (origin: string) => (['string', 'array', 'set'].includes(origin) ? 'have' : 'be');

function unit(origin: string): string {
  if (origin === 'string') return ' characters';
  return origin === 'array' || origin === 'set' ? ' entries' : '';
}
