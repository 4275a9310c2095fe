// Tasks as they go over the wire, and the answers to requests that make or change them.
import { z } from 'zod';
import type { Json, JsonObject } from '../../../queue/index.ts';

export const moment = z.iso.datetime().describe("ISO 8601 in UTC, by the database's clock");
export const anyJson = z.custom<Json>().meta({ description: 'Any JSON' });
export const anyObject = z.custom<JsonObject>().meta({ type: 'object', description: 'Any JSON object' });
const count = z.int().min(0);

export const taskStatus = z
  .enum(['scheduled', 'queued', 'processing', 'completed', 'failed', 'cancelled'])
  .describe('`completed`, `failed` and `cancelled` are ends');

export const taskState = z
  .enum(['pending', 'assigned', 'running', 'completed', 'failed', 'cancelled'])
  .describe('What people read: `pending` is scheduled or queued, `assigned` claimed but not begun');

export const taskError = z
  .object({
    type: z.string().describe('The `name` of what was thrown'),
    message: z.string(),
    details: anyObject,
    stack_trace: z.string(),
  })
  .describe('Why an attempt or a task failed');

export const progress = z
  .object({
    elapsed_ms: z.number().describe('Milliseconds of work as the actor counts them'),
    message: z.string(),
    fraction: z.number().nullable().describe('0 to 1 where the actor knows it'),
    updated_at: moment,
  })
  .describe('The latest thing the actor said; intermediate values may be skipped');

export const waiting = z
  .object({
    position: count
      .nullable()
      .describe('Tasks before it in its lane, up to 1,000; null while it is not queued'),
    lane: z.string(),
    blocked_by: z.enum(['limit', 'paused', 'cooldown', 'no_worker', 'scheduled']).nullable(),
    holders: z.array(z.string()).describe('Tasks that hold the slots it waits for, when a limit blocks it'),
    eta_ms: z.number().nullable(),
  })
  .describe('Why a pending task waits');

export const attempt = z
  .object({
    attempt: z.int().min(1),
    worker_id: z.string(),
    started_at: moment,
    ended_at: moment,
    outcome: z.enum(['completed', 'failed', 'retried', 'lost', 'released', 'cancelled', 'timed_out']),
    error: taskError.nullable(),
  })
  .describe('One finished attempt');

const taskUrls = z.object({ self: z.string(), stream: z.string(), cancel: z.string() });

export const task = z
  .object({
    task_id: z.string(),
    actor: z.string(),
    status: taskStatus,
    state: taskState,
    rev: count.describe('Rises at every visible change; the `id` of its events'),
    concurrency_identifier: z.string().nullable().describe('The key whose limit it obeys'),
    concurrency_limit: z.int().nullable(),
    priority: z.int(),
    payload: anyObject,
    result: anyJson,
    error: taskError.nullable(),
    progress: progress.nullable(),
    queue: waiting.nullable().describe('Null unless it is pending'),
    created_at: moment,
    run_at: moment.nullable().describe('Not before this moment; null once queued'),
    started_at: moment.nullable().describe('The latest claim'),
    completed_at: moment.nullable(),
    heartbeat_at: moment.nullable(),
    worker_id: z.string().nullable(),
    attempt: count,
    retry_count: count,
    max_retries: count,
    attempts: z.array(attempt),
    tags: z.array(z.string()),
    workflow_run_id: z.string().nullable(),
    room: z.string().exactOptional().describe('The room that asked for it; only of a job'),
    parent_id: z.string().nullable().describe('The task that spawned it'),
    cancel_requested: z.boolean(),
    dead: z.boolean().describe('A dead letter: failed, and nobody has retried or dismissed it yet'),
    urls: taskUrls,
  })
  .describe('A task; absent values are null');

export const createdTask = z.object({
  task_id: z.string(),
  status: taskStatus,
  queue: waiting.nullable(),
  urls: taskUrls,
});

export const counts = z.object({
  matched: count.describe('Tasks that the action applies to'),
  changed: count,
  more: z.literal(true).exactOptional().describe('The bound of one call was met: ask again for the rest'),
});

export const changedTask = z.object({ task_id: z.string(), status: taskStatus });

export const cancelledTask = changedTask.extend({
  children: counts.exactOptional().describe('With `children=true`: those below it'),
});

/** One page of a list. */
export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    next_cursor: z.string().nullable().describe('The `cursor` of the next page; null on the last'),
  });
