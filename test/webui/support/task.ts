// A task as the server sends it, for tests of the page: everything that a test does not care about is here.
import type { Task } from '../../../client/index.ts';

/** A running picture task; `over` replaces fields. */
export function aTask(over: Partial<Task> = {}): Task {
  return {
    task_id: 'tq_0190a000-0000-7000-8000-000000000001',
    actor: 'media',
    status: 'processing',
    state: 'running',
    rev: 5,
    concurrency_identifier: 'studio',
    concurrency_limit: 2,
    priority: 0,
    payload: { provider: 'studio', params: { prompt: 'A red kite', width: 640, height: 480 } },
    result: null,
    error: null,
    progress: {
      elapsed_ms: 1200,
      message: 'Setting the type',
      fraction: 0.4,
      updated_at: '2026-11-23T10:00:03.500Z',
    },
    queue: null,
    created_at: '2026-11-23T10:00:00.000Z',
    run_at: null,
    started_at: '2026-11-23T10:00:02.500Z',
    completed_at: null,
    worker_id: 'host-1-a',
    attempt: 1,
    retry_count: 0,
    max_retries: 3,
    attempts: [],
    tags: [],
    workflow_run_id: null,
    parent_id: null,
    cancel_requested: false,
    dead: false,
    heartbeat_at: null,
    urls: { self: '', stream: '', cancel: '' },
    ...over,
  };
}
