// What a worker outside may say of a task: the form of its report, bounded, with what it leaves out filled in.
import { z } from 'zod';
import { findUnstorable, type Json, type JsonObject, type TaskError } from '../../queue/index.ts';

const storable = z.custom<Json>().superRefine((value, context) => {
  const problem = findUnstorable(value);
  if (problem) context.addIssue({ code: 'custom', message: `${problem.pointer} ${problem.detail}`.trim() });
});

const line = (max: number) =>
  z.string().transform(text => text.toWellFormed().replaceAll('\0', '').slice(0, max).toWellFormed());

const maxDetails = 4_096;

const details = z
  .custom<JsonObject>(
    value => typeof value === 'object' && value !== null && !Array.isArray(value),
    'must be an object',
  )
  .superRefine((value, context) => {
    const problem = findUnstorable(value);
    if (problem) context.addIssue({ code: 'custom', message: `${problem.pointer} ${problem.detail}`.trim() });
    else if (JSON.stringify(value).length > maxDetails)
      context.addIssue({ code: 'custom', message: `is longer than ${maxDetails} characters of JSON` });
  });

const errorFields = z.strictObject({
  type: line(200).optional(),
  message: line(2_048).optional(),
  details: details.nullish(),
  stack_trace: line(8_192).nullish(),
});

const error = z
  .union([line(2_048), errorFields], 'must be a text, or {type, message, details, stack_trace}')
  .nullish()
  .transform((said): TaskError => {
    const fields = typeof said === 'string' ? { message: said } : (said ?? {});
    return {
      type: fields.type || 'Error',
      message: fields.message || 'The worker said that it failed, and not why.',
      details: ('details' in fields && fields.details) || {},
      stack_trace: ('stack_trace' in fields && fields.stack_trace) || '',
    };
  });

const progress = z
  .strictObject({
    elapsed_ms: z.number().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
    message: line(1_000).default(''),
    fraction: z.number().min(0).max(1).nullish(),
  })
  .transform(({ fraction, ...said }) => ({ ...said, ...(typeof fraction === 'number' && { fraction }) }))
  .nullish()
  .transform(said => said ?? undefined);

/** The body of `PUT /workers/:id/tasks/:task_id`. */
export const reportSchema = z.strictObject({
  status: z.enum(['processing', 'completed', 'failed'], 'must be processing, completed or failed'),
  claim: z.string().min(1, 'is the claim that came with the task').max(300),
  progress,
  result: storable.default(null),
  error,
});

export type Report = z.output<typeof reportSchema>;
