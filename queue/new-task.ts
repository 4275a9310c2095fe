// What somebody may ask for: the schema of a new task, as it comes over HTTP or from the library.
import { BSON } from 'mongodb';
import { z } from 'zod';
import { findUnstorable, type ValueProblem } from './storable.ts';
import type { JsonObject } from './task.ts';

const yearMs = 366 * 24 * 3_600_000;

/** Milliseconds of a soft or hard timeout. */
const timeoutMs = z
  .int()
  .min(1)
  .max(7 * 24 * 3_600_000);

// A custom check instead of z.record: it must keep every key as it is, `__proto__` too.
/** Any object that MongoDB gives back exactly as it was. */
export const payloadSchema = z
  .custom<JsonObject>()
  .superRefine((value, context) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      context.addIssue({ code: 'custom', message: 'must be an object' });
      return;
    }
    const problem = findUnstorable(value) ?? findTooLarge(value);
    if (problem) context.addIssue({ code: 'custom', message: problem.detail, path: pathOf(problem.pointer) });
  })
  .meta({ type: 'object' });

const maxPayloadBytes = 4 * 1024 ** 2;

/** A task is written whole at every change, and read whole at every claim. */
function findTooLarge(value: object): ValueProblem | null {
  if (BSON.calculateObjectSize(value) <= maxPayloadBytes) return null;
  return { pointer: '', detail: 'is larger than 4 MiB: store large things elsewhere and name them here' };
}

/** A JSON Pointer as the path of a zod issue. */
function pathOf(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map(part => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Text that is stored and compared, never interpreted. */
export const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(value => value.isWellFormed() && !value.includes('\0'), 'must be clean text');

/** The body of `POST /api/task`, and the argument of `enqueueTask`. Unknown fields are refused. */
export const newTaskSchema = z
  .strictObject({
    actor: text(200).describe('Name of a published actor'),
    payload: payloadSchema.describe("The actor's input: any object its schema allows"),
    priority: z.int().min(-1_000).max(1_000).optional().describe('Higher runs first; 0 unless said'),
    max_retries: z.int().min(0).max(100).optional().describe("The actor's own number unless said"),
    run_at: z
      .union([z.date(), z.iso.datetime({ offset: true }).transform(text => new Date(text))], {
        error: 'must be a date such as 2026-12-31T18:00:00Z',
      })
      .refine(date => date.getTime() < Date.now() + 10 * yearMs, 'lies more than ten years ahead')
      .optional()
      .describe('Not before this moment'),
    delay_ms: z.int().min(0).max(yearMs).optional().describe('Not before this much time has passed'),
    tags: z.array(text(100)).max(20).optional(),
    workflow_run_id: text(200).optional(),
    dedupe_key: text(255)
      .optional()
      .describe('While a live task has this key, it is returned instead of a new one'),
    timeouts: z
      .strictObject({ soft_ms: timeoutMs.optional(), hard_ms: timeoutMs.optional() })
      .refine(({ soft_ms = 0, hard_ms = Infinity }) => soft_ms <= hard_ms, {
        message: 'must not be longer than hard_ms',
        path: ['soft_ms'],
      })
      .optional(),
  })
  .refine(task => task.run_at === undefined || task.delay_ms === undefined, {
    message: 'say run_at or delay_ms, not both',
    path: ['delay_ms'],
  });

export type NewTask = z.input<typeof newTaskSchema>;
export type CheckedTask = z.output<typeof newTaskSchema>;
