// The media actor from payload to stored picture, by the real studio and by providers that misbehave.
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Content, getContent, getGeneration, openContent, readContent } from '../../content/index.ts';
import { defaultProviders, type GenerationRequest, InvalidRequestError } from '../../providers/index.ts';
import { enqueueTask, openQueue } from '../../queue/index.ts';
import { MediaActor } from '../../worker/actors/media.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { type MediaBench, mediaBench, small, withProvider } from './media-bench.ts';
import { startTestWorker, taskEnd } from './start.ts';

let content: Content;
let contextOf: MediaBench['contextOf'];
let run: MediaBench['run'];
let remains: MediaBench['remains'];
let latest: MediaBench['latest'];
beforeAll(async () => {
  ({ content, contextOf, run, remains, latest } = mediaBench(await openContent(await testDatabase())));
});

async function bytesOf(content_id: string): Promise<Buffer> {
  const body = await readContent(content, { content_id, store: 'gridfs' });
  return Buffer.concat(await body!.toArray());
}

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const result = { urls: [], raw_response: { ok: true }, provider_task_id: 'job-1' };

test('a prompt becomes stored pictures, their records, and a generation that says how', async () => {
  const context = contextOf();
  const payload = {
    workflow_run_id: 'run-1',
    interaction_id: 'i-1',
    prompt_id: 'p-1',
    source_data: { $from: 'x' },
  };
  const { metadata_id, content_ids, urls } = await run({ ...payload, params: { num_images: 2 } }, context);
  expect(content_ids).toHaveLength(2);
  expect(urls).toEqual(content_ids.map(id => `/workflow/run-1/media/${id}.png`));
  for (const [index, id] of content_ids.entries()) {
    const picture = await bytesOf(id);
    expect(await sharp(picture).metadata()).toMatchObject({ format: 'png', width: 128, height: 160 });
    expect(await getContent(content, id)).toMatchObject({
      metadata_id,
      index,
      workflow_run_id: 'run-1',
      width: 128,
      height: 160,
      size: picture.length,
      content_type: 'image/png',
      extension: 'png',
      provider_url: null,
    });
  }
  expect(await getGeneration(content, metadata_id)).toMatchObject({
    ...payload,
    status: 'completed',
    provider: 'studio',
    operation: 'txt2img',
    request_params: { prompt: 'Red fox', num_images: 2 },
    response_data: { palettes: expect.any(Array) },
    error_message: null,
    task_id: context.task_id,
    content_ids,
  });
});

test('urls begin with the public address, and a run is escaped in them', async () => {
  const context = contextOf({ public_url: 'https://media.example' });
  const { urls } = await run({ workflow_run_id: 'a:b@c' }, context);
  expect(urls[0]).toMatch(/^https:\/\/media\.example\/workflow\/a%3Ab%40c\/media\/gc_/);
});

test('progress rises and leaves room for storing', async () => {
  const context = contextOf();
  await run({}, context);
  const fractions = context.said.map(({ fraction }) => fraction ?? -1);
  expect(fractions[0]).toBe(0);
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
  expect(context.said.at(-1)).toEqual({ message: 'Stored 1 of 1', fraction: 1 });
  expect(fractions.at(-2)).toBe(0.95);
});

test('a picture can be the source of the next: by its id, its path, its address, or as a data URL', async () => {
  const { content_ids, urls } = await run({ workflow_run_id: 'run-2' });
  const data = `data:image/png;base64,${(await bytesOf(content_ids[0]!)).toString('base64')}`;
  const sources = [content_ids[0]!, urls[0]!, `http://localhost:8080${urls[0]!}`, data];
  for (const source_image of sources) {
    const printed = await run({ action_type: 'img2img', params: { source_image } });
    expect((await getContent(content, printed.content_ids[0]!))?.content_type).toBe('image/webp');
  }
  const film = await run({ action_type: 'img2vid', params: { source_image: content_ids[0]!, frames: 16 } });
  const stored = await getContent(content, film.content_ids[0]!);
  expect(stored).toMatchObject({ extension: 'webp', width: 128, height: 160 });
  expect((await sharp(await bytesOf(film.content_ids[0]!), { pages: -1 }).metadata()).pages).toBe(16);
});

test('a data URL is not kept in the record', async () => {
  const { content_ids } = await run({});
  const source_image = `data:image/png;base64,${(await bytesOf(content_ids[0]!)).toString('base64')}`;
  const { metadata_id } = await run({ action_type: 'img2img', params: { source_image } });
  const kept = await getGeneration(content, metadata_id);
  expect(kept?.request_params.source_image).toMatch(/^data:image\/png;base64,.{18}… \(\d+ characters\)$/);
});

test.each([
  ['a content that does not exist', 'gc_0190b5a2-0000-7000-8000-000000000000', 'there is no content'],
  ['a data URL that is no picture', 'data:image/png;base64,PHN2Zy8+', 'not a picture'],
  ['a data URL that is not base64', 'data:image/svg+xml,<svg/>', 'not base64'],
  ['a file', '/etc/passwd', 'must be a content id'],
  ['a host that is not allowed', 'http://169.254.169.254/latest', 'MEDIA_HOSTS'],
])('%s as source fails for good, and the generation says so', async (_name, source_image, message) => {
  const context = contextOf();
  const error: unknown = await run({ action_type: 'img2img', params: { source_image } }, context).catch(
    e => e,
  );
  expect(error).toMatchObject({
    message: expect.stringContaining(message),
    [Symbol.for('callsheet.verdict')]: { kind: 'permanent' },
  });
  expect(await latest(context)).toMatchObject({
    status: 'failed',
    error_message: expect.stringContaining(message),
  });
});

test('the picture of another run is not found under a path of this one', async () => {
  const { content_ids } = await run({ workflow_run_id: 'run-3' });
  const source_image = `/workflow/other/media/${content_ids[0]}.png`;
  await expect(run({ action_type: 'img2img', params: { source_image } })).rejects.toThrow(
    'must be a content id',
  );
});

test('what a provider leaves at a URL is downloaded, recognised and stored', async () => {
  const picture = await sharp({ create: { width: 30, height: 20, channels: 3, background: '#f00' } })
    .jpeg()
    .toBuffer();
  const base = await serve((_request, response) => response.end(picture));
  const registry = withProvider(async () => ({
    ...result,
    urls: [`${base}/a`, `${base}/b`],
    cost: { amount: 3, unit: 'CREDITS' },
  }));
  const { content_ids, urls, metadata_id } = await run({ provider: 'test' }, contextOf(), registry, [
    '127.0.0.1',
  ]);
  expect(urls[1]).toMatch(/\.jpg$/);
  expect(await getContent(content, content_ids[1]!)).toMatchObject({
    provider_url: `${base}/b`,
    content_type: 'image/jpeg',
    width: 30,
    height: 20,
    index: 1,
  });
  expect(await getGeneration(content, metadata_id)).toMatchObject({
    provider_task_id: 'job-1',
    response_data: { ok: true },
    cost: { amount: 3, unit: 'CREDITS' },
  });
});

test('when the second of two downloads breaks off, nothing of either stays, and the error is thrown on', async () => {
  const picture = await sharp({
    create: {
      width: 900,
      height: 900,
      channels: 3,
      noise: { type: 'gaussian', mean: 99, sigma: 70 },
      background: '#f00',
    },
  })
    .png()
    .toBuffer();
  const base = await serve((request, response) => {
    if (request.url === '/a') return response.end(picture);
    response.setHeader('content-length', picture.length);
    return response.write(picture.subarray(0, 1_500_000), () => response.destroy());
  });
  const before = await remains();
  const context = contextOf();
  const registry = withProvider(async () => ({ ...result, urls: [`${base}/a`, `${base}/b`] }));
  await expect(run({ provider: 'test' }, context, registry, ['127.0.0.1'])).rejects.toMatchObject({
    name: 'DownloadError',
  });
  expect(await remains()).toEqual(before);
  // The provider's answer is kept: it may have been paid for.
  expect(await latest(context)).toMatchObject({
    status: 'failed',
    provider_task_id: 'job-1',
    response_data: { ok: true },
  });
});

test('an error of the provider marks the generation failed and is thrown on as it is', async () => {
  const error = new InvalidRequestError('too many fingers');
  const context = contextOf();
  await expect(
    run(
      { provider: 'test' },
      context,
      withProvider(() => Promise.reject(error)),
    ),
  ).rejects.toBe(error);
  expect(await latest(context)).toMatchObject({ status: 'failed', error_message: 'too many fingers' });
});

test.each([
  ['nothing', {}, 'returned no picture'],
  ['something that is no picture', { files: [{ bytes: Buffer.from('<svg/>') }] }, 'no picture or film'],
])('a provider that makes %s fails', async (_name, made, message) => {
  await expect(
    run(
      { provider: 'test' },
      contextOf(),
      withProvider(async () => ({ ...result, ...made })),
    ),
  ).rejects.toThrow(message);
});

test('a cancelled task ends at once with its reason, and its generation is failed', async () => {
  const controller = new AbortController();
  const context = contextOf({ signal: controller.signal });
  const work = run({ params: { duration_ms: 30_000 } }, context).catch((error: unknown) => error);
  await waitFor(() => context.said.length > 1);
  const reason = new Error('The task was cancelled on request.');
  controller.abort(reason);
  expect(await work).toBe(reason);
  expect(await latest(context)).toMatchObject({ status: 'failed', error_message: reason.message });
});

test('an attempt that runs again closes the record of the one that died', async () => {
  const first = contextOf();
  const hanging = withProvider(() => new Promise(() => {}));
  void run({ provider: 'test' }, first, hanging);
  await waitFor(() => latest(first));
  const second = contextOf({ task_id: first.task_id, attempt: 2 });
  await run({}, second);
  const made = await content.generations.find({ task_id: first.task_id }).sort({ attempt: 1 }).toArray();
  expect(made).toMatchObject([
    { status: 'failed', error_message: 'Superseded by attempt 2 of its task.' },
    { status: 'completed' },
  ]);
});

test('an attempt that comes back after its successor has closed it leaves nothing, and gives the same answer', async () => {
  let answer = () => {};
  const slow = withProvider(
    () =>
      new Promise(resolve => {
        answer = () => resolve({ ...result, files: [{ bytes: Buffer.from('89504e470d0a1a0a', 'hex') }] });
      }),
  );
  const first = contextOf();
  const paused = run({ provider: 'test' }, first, slow);
  await waitFor(() => latest(first));
  const answered = await run({}, contextOf({ task_id: first.task_id, attempt: 2 }));
  const before = await remains();
  answer();
  expect(await paused).toEqual(answered);
  expect(await remains()).toEqual(before);
});

test('a provider keeps the id of its job, and gets it back in the next attempt', async () => {
  const seen: GenerationRequest['resume'][] = [];
  const registry = withProvider(async ({ resume, checkpoint }) => {
    seen.push(resume);
    await checkpoint({ external_id: 'job-7' });
    throw new Error('connection lost');
  });
  const first = contextOf();
  await expect(run({ provider: 'test' }, first, registry)).rejects.toThrow('connection lost');
  expect(first.states).toEqual([{ external_id: 'job-7' }]);
  const second = contextOf({ state: { external_id: 'job-7' }, attempt: 2 });
  await expect(run({ provider: 'test' }, second, registry)).rejects.toThrow('connection lost');
  expect(seen).toEqual([null, { external_id: 'job-7' }]);
});

test('an answer larger than a record should be is noted, not kept', async () => {
  const picture = Buffer.from('89504e470d0a1a0a', 'hex');
  const registry = withProvider(async () => ({
    ...result,
    files: [{ bytes: picture }],
    raw_response: 'x'.repeat(2_000_000),
  }));
  const { metadata_id } = await run({ provider: 'test' }, contextOf(), registry);
  expect(await getGeneration(content, metadata_id)).toMatchObject({
    response_data: { omitted: expect.stringContaining('bytes') },
  });
});

test('a worker takes a media task from the queue to a stored picture', async () => {
  const queue = await openQueue(content.db);
  const providers = defaultProviders();
  await startTestWorker(queue, [new MediaActor(providers)], { content, providers });
  const payload = { provider: 'studio', action_type: 'txt2img', params: { prompt: 'Red fox', ...small } };
  const { task_id } = await enqueueTask(queue, { actor: 'media', payload });
  const task = await taskEnd(queue, task_id);
  expect(task).toMatchObject({ status: 'completed', concurrency_identifier: 'studio', concurrency_limit: 2 });
  expect(task.result).toMatchObject({
    urls: [expect.stringMatching(/^\/workflow\/default\/media\/gc_.*\.png$/)],
  });
});
