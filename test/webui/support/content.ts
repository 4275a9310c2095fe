// Stored pictures and generations as the server sends them, for tests of the page.
import type { Content, Generation } from '../../../client/index.ts';

export function aContent(over: Partial<Content> = {}): Content {
  return {
    content_id: 'gc_1',
    metadata_id: 'gm_1',
    workflow_run_id: 'default',
    content_type: 'image/png',
    extension: 'png',
    size: 31_200,
    width: 1024,
    height: 768,
    index: 0,
    provider_url: null,
    sha256: 'ab12',
    thumbnail: null,
    store: 'gridfs',
    created_at: '2026-11-23T10:00:05.000Z',
    ...over,
  };
}

export function aGeneration(over: Partial<Generation> = {}): Generation {
  return {
    metadata_id: 'gm_1',
    workflow_run_id: 'default',
    provider: 'studio',
    operation: 'txt2img',
    request_params: { prompt: 'A red kite', seed: 7, width: 1024 },
    response_data: null,
    cost: null,
    interaction_id: null,
    prompt_id: null,
    source_data: null,
    provider_task_id: null,
    status: 'completed',
    error_message: null,
    attempt: 1,
    content_ids: ['gc_1'],
    task_id: 'tq_1',
    contents: [aContent()],
    created_at: '2026-11-23T10:00:00.000Z',
    completed_at: '2026-11-23T10:00:04.000Z',
    ...over,
  };
}
