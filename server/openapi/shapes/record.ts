// What is beside tasks: actors, workers, schedules, dead letters in groups, media and artifacts.
import { z } from 'zod';
import { anyJson, anyObject, moment } from './task.ts';

const count = z.int().min(0);

export const actor = z
  .object({
    name: z.string(),
    description: z.string(),
    tags: z.array(z.string()),
    input: anyObject.nullable().describe('JSON Schema of the payload'),
    output: anyObject.nullable().describe('JSON Schema of the result'),
    concurrency: anyObject.nullable().describe('How a task of it finds its lane, and the limits there'),
    timeouts: z.object({ soft_ms: count, hard_ms: count }),
    retry: z.object({ max_retries: count, base_ms: z.number(), max_ms: z.number(), jitter: z.boolean() }),
    category: z.string().nullable(),
    dependencies: z.array(z.string()).describe('What it has injected besides its payload'),
    workers: z.array(z.string()).describe('Live workers that serve it'),
  })
  .describe('An actor of the catalog');

export const worker = z
  .object({
    worker_id: z.string(),
    host: z.string(),
    pid: z.int().nullable().describe('Null of one that joined over HTTP'),
    version: z.string().nullable(),
    actors: z.array(z.string()),
    capacity: count.describe('Tasks it runs at once at most'),
    running: count,
    draining: z
      .boolean()
      .describe('It was told to stop and takes nothing more; of one outside: it has no stream open'),
    started_at: moment,
    heartbeat_at: moment,
    remote: z.boolean().describe('It joined over HTTP'),
  })
  .describe('A worker that is alive');

export const schedule = z
  .object({
    schedule_id: z.string(),
    cron: z.string(),
    time_zone: z.string(),
    actor: z.string(),
    payload: anyObject,
    priority: z.int(),
    paused: z.boolean(),
    next_run_at: moment.nullable().describe('Null while it is paused'),
    last_task_id: z.string().nullable(),
    last_error: z.string().nullable().describe('Why the latest tick made no task'),
    created_at: moment,
  })
  .describe('Tasks by the clock');

export const lane = z
  .object({
    key: z.string().describe('The `concurrency_identifier`, or `<actor>#all` where no limit binds'),
    limit: count.nullable().describe('Tasks that may run at once; null: any number'),
    default_limit: count.nullable().describe('What the code says'),
    limit_set: z.boolean().describe('The limit was set by hand, and holds whatever the code says'),
    paused: z.boolean(),
    cooldown_until: moment.nullable(),
    queued: count,
    running: count,
    next: z.object({ task_id: z.string(), ready_at: moment }).nullable().describe('Who is first in line'),
  })
  .describe('What waits and runs under one key');

export const workload = z.object({
  idle_workers: count,
  busy_workers: count,
  pending_jobs: count.describe('Scheduled or queued, counted up to 100,000'),
});

export const stats = workload
  .extend({
    running_jobs: count,
    completed: count.describe('Tasks that completed, since counting began'),
    failed: count.describe('Tasks that ended as failed, since counting began: out of time and lost ones too'),
    dead: count.describe('Dead letters'),
    throughput_per_min: z.number().describe('Completed in the last minute'),
    delay_ms: z
      .object({ p50: z.number().nullable(), p99: z.number().nullable() })
      .describe('From claimable to claimed, in the last minute'),
  })
  .describe('How the queue is doing');

export const minute = z
  .object({
    at: moment.describe('Its beginning'),
    completed: count,
    failed: count.describe('Tasks that ended as failed, whatever their last attempt came to'),
    retried: count.describe('Attempts that are tried again: failed, out of time, or of a lost worker'),
    delay_ms: z
      .object({ p50: z.number().nullable(), p99: z.number().nullable() })
      .describe('From claimable to claimed; null when nothing was claimed'),
  })
  .describe('What happened in a minute');

export const deadGroup = z
  .object({ actor: z.string(), error_type: z.string(), count, latest_at: moment })
  .describe('Dead letters of one actor with one type of error');

export const content = z
  .object({
    content_id: z.string(),
    metadata_id: z
      .string()
      .nullable()
      .describe('The generation that made it; null when somebody uploaded it'),
    workflow_run_id: z.string(),
    index: count,
    provider_url: z.string().nullable(),
    content_type: z.string(),
    extension: z.string(),
    size: count.describe('Bytes'),
    sha256: z.string(),
    width: count.nullable(),
    height: count.nullable(),
    thumbnail: z.object({ size: count, width: count, height: count }).nullable(),
    store: z.string(),
    created_at: moment,
  })
  .describe('A stored picture or film; its bytes are at `/workflow/{run}/media/{content_id}.{extension}`');

export const generation = z
  .object({
    metadata_id: z.string(),
    workflow_run_id: z.string(),
    interaction_id: z.string().nullable(),
    provider: z.string(),
    prompt_id: z.string().nullable(),
    operation: z.string(),
    request_params: anyObject,
    source_data: anyJson,
    provider_task_id: z.string().nullable(),
    status: z.enum(['processing', 'completed', 'failed']),
    response_data: anyJson,
    error_message: z.string().nullable(),
    cost: z.object({ amount: z.number(), unit: z.string() }).nullable(),
    task_id: z.string().nullable(),
    attempt: count,
    content_ids: z.array(z.string()),
    created_at: moment,
    completed_at: moment.nullable(),
    contents: z.array(content),
  })
  .describe('How media were made');

export const artifact = z
  .object({
    artifact_id: z.string(),
    task_id: z.string(),
    parent_id: z.string().nullable(),
    level: count,
    label: z.string(),
    data: anyJson,
    metadata: anyJson,
    created_at: moment,
  })
  .describe('What a task kept besides its result');

type Artifact = z.output<typeof artifact>;
interface ArtifactTree extends Artifact {
  children: ArtifactTree[];
}

export const artifactTree = artifact
  .extend({
    children: z.array(z.custom<ArtifactTree>().meta({ $ref: '#/components/schemas/ArtifactTree' })),
  })
  .describe('An artifact with those below it');
