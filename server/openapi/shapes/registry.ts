// Actors as the registry shows them: functions with parameters, which can be called while one waits.
import { z } from 'zod';
import { anyJson, anyObject } from './task.ts';

export const registeredTask = z
  .object({
    name: z.string(),
    docstring: z.string().nullable(),
    signature: z.string().describe('Parameters and result in one line, such as `(name: string) -> object`'),
    parameters: z.array(
      z.object({
        name: z.string(),
        annotation: z.string().nullable().describe('What it may be, as text'),
        default: z.string().nullable().describe('What it is when it is not given, as JSON'),
        required: z.boolean(),
      }),
    ),
    tags: z.array(z.string()),
    dependencies: z.array(z.string()).describe('What it has injected besides its parameters'),
  })
  .describe('An actor as a function');

export const execution = z
  .object({
    task_name: z.string(),
    params: anyObject,
    result: anyJson,
    error: z
      .object({ type: z.string(), message: z.string(), traceback: z.string() })
      .nullable()
      .describe('Why it failed or was cancelled'),
  })
  .describe('How a call has ended');
