// The data of the events of streams. OpenAPI 3.1 cannot say what a stream holds: descriptions name these shapes.
import { z } from 'zod';
import { anyJson, progress, taskError, taskState, taskStatus, waiting } from './task.ts';

const of = { task_id: z.string(), rev: z.int().min(0) };

export const progressEvent = z
  .object({
    ...of,
    status: taskStatus,
    state: taskState,
    progress: progress.nullable(),
    queue: waiting.nullable(),
  })
  .describe('Data of `event: progress`: where the task stands');

export const completeEvent = z
  .object({ ...of, result: anyJson })
  .describe('Data of `event: complete`: the last one of a task that was done');

export const errorEvent = z
  .object({ ...of, error: taskError.nullable() })
  .describe(
    'Data of `event: error`: the last one of a task that failed, or (type `Cancelled`) was cancelled',
  );
