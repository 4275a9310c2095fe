// Rooms, their jobs, and workers outside.
import { z } from 'zod';
import { anyObject, moment, task, taskState, taskStatus } from './task.ts';

const count = z.int().min(0);

export const job = z
  .object({
    full_name: z.string().describe('`scope:category:name`'),
    room: z.string().describe('Its scope: `@global`, `@internal` or a room'),
    category: z.string(),
    name: z.string(),
    description: z.string(),
    tags: z.array(z.string()),
    schema: anyObject.nullable().describe('JSON Schema of the payload'),
    concurrency: anyObject.nullable(),
    timeouts: z.object({ soft_ms: count, hard_ms: count }),
    retry: z.object({ max_retries: count, base_ms: z.number(), max_ms: z.number(), jitter: z.boolean() }),
    max_retries: count,
    workers: z.array(z.string()).describe('Live workers that serve it'),
  })
  .describe('What can be asked for in a room');

export const heldTask = z
  .object({ task, claim: z.string().describe('Every report on the task names it') })
  .describe('A task that a worker outside holds');

export const jobAssigned = heldTask
  .extend({
    traceparent: z
      .string()
      .exactOptional()
      .describe(
        "W3C Trace Context: the parent of the worker's own spans, where the task or the server is traced",
      ),
  })
  .describe('Data of `event: job:assigned`: a task is the own of this worker');

export const jobSoftTimeout = z
  .object({ task_id: z.string(), claim: z.string(), soft_ms: count, hard_ms: count })
  .describe('Data of `event: job:soft_timeout`: finish, or fail; at `hard_ms` the task is ended');

export const stateChange = z.object({ task_id: z.string(), status: taskStatus, state: taskState });

export const jobStateChanged = stateChange
  .extend({ cancel_requested: z.literal(true).exactOptional().describe('Stop working on it') })
  .describe('Data of `event: job:state_changed`: a task of this worker changed elsewhere, or is to stop');

export const remoteWorker = z.object({
  worker_id: z.string(),
  name: z.string(),
  jobs: z.array(z.string()),
  capacity: count,
  started_at: moment,
  tasks: z.array(heldTask),
});

export const joined = z.object({ worker_id: z.string(), token: z.string().describe('Its key; told once') });

export const heartbeat = z.object({
  worker_id: z.string(),
  tasks: z
    .array(stateChange.extend({ claim: z.string(), cancel_requested: z.boolean() }))
    .describe('What it holds: anything else was lost'),
});
