// The list of what was made, over all runs, over HTTP.
import { beforeAll, expect, test } from 'vitest';
import {
  completeGeneration,
  newContentId,
  recordAnswer,
  startGeneration,
  storeContent,
} from '../../content/index.ts';
import { bodyOf, openApp, type TestApp } from './setup.ts';

type Page = { items: { metadata_id: string; contents: object[] }[]; next_cursor: string | null };

let t: TestApp;
beforeAll(async () => {
  t = await openApp();
});

test('what was made is listed over all runs, newest first, page by page, each with its pictures', async () => {
  const made: string[] = [];
  for (const workflow_run_id of ['one', 'two', 'one']) {
    const metadata_id = await generation(workflow_run_id);
    made.unshift(metadata_id);
  }
  const page = async (query: string): Promise<Page> =>
    (await t.app.request(`/api/v1/generations?${query}`)).json() as Promise<Page>;
  const first = await page('status=completed&limit=2');
  const second = await page(`status=completed&limit=2&cursor=${first.next_cursor}`);
  const ids = [...first.items, ...second.items].map(item => item.metadata_id);
  expect(ids).toEqual(made);
  expect(second.next_cursor).toBeNull();
  expect(first.items[0]?.contents).toMatchObject([{ content_type: 'image/png', index: 0, size: 3 }]);
  expect((await page('workflow_run_id=one&status=completed')).items).toHaveLength(2);
  expect((await page('status=failed')).items).toEqual([]);
  expect(await bodyOf(t.app.request(`/api/v1/generations/${made[0]}`))).toEqual(first.items[0]);
  for (const query of ['', 'status=made', 'status=completed&cursor=!!!', 'status=completed&limit=201'])
    expect((await t.app.request(`/api/v1/generations?${query}`)).status, query).toBe(422);
  for (const id of ['gm_nothing', newContentId()])
    expect((await t.app.request(`/api/v1/generations/${id}`)).status, id).toBe(404);
});

/** A completed generation with one picture. */
async function generation(workflow_run_id: string): Promise<string> {
  const metadata_id = await startGeneration(t.content, {
    workflow_run_id,
    interaction_id: null,
    provider: 'studio',
    prompt_id: null,
    operation: 'txt2img',
    request_params: { prompt: 'A barn' },
    source_data: null,
    task_id: null,
    attempt: 1,
  });
  const content_id = newContentId();
  const answer = { provider_task_id: null, response_data: null, cost: null, content_ids: [content_id] };
  await recordAnswer(t.content, metadata_id, answer);
  await storeContent(t.content, {
    content_id,
    metadata_id,
    workflow_run_id,
    index: 0,
    provider_url: null,
    content_type: 'image/png',
    extension: 'png',
    body: (async function* () {
      yield Buffer.from('png');
    })(),
  });
  await completeGeneration(t.content, metadata_id);
  return metadata_id;
}
