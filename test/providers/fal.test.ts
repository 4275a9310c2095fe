// fal.ai's provider against a stand-in for its queue, and the stand-in against fal's own client. The live service is not asked.
import { createFalClient } from '@fal-ai/client';
import { expect, test } from 'vitest';
import { FalProvider } from '../../providers/media/fal/fal.ts';
import { attempt, cancelled, failureOf } from './attempt.ts';
import { sourceOf } from './request.ts';
import { FalStandIn as Fal, type FalStandIn, openFal } from './standins/fal.ts';
import { quickClock } from './standins/stage.ts';

const providerOf = (fal: FalStandIn, key: string | null = Fal.key) =>
  new FalProvider({ key, base_url: fal.url, clock: quickClock() });

const submits = /^POST /;
const looks = /^GET .*\/status/;
const submitting = { submitting: { since: expect.any(String), mark: null } };
const kept = { external_id: expect.stringMatching(/^fal-ai\/flux\/requests\/[\w-]+$/) };

test('a picture is submitted, followed through the queue with its log, and fetched', async () => {
  const fal = await openFal();
  const request = attempt({ num_images: 2, seed: 7, image_size: 'square', input: { acceleration: 'high' } });
  const result = await providerOf(fal).txt2img(request);
  const [job] = fal.jobs;
  expect(job).toMatchObject({
    model: 'fal-ai/flux/dev',
    input: { prompt: 'Red fox', num_images: 2, seed: 7, image_size: 'square', acceleration: 'high' },
  });
  expect(job!.input).not.toHaveProperty('model');
  expect(result.provider_task_id).toBe(job!.id);
  expect(result.urls).toHaveLength(2);
  expect(result.raw_response).toMatchObject({ seed: 7, images: [{ width: 64 }, { width: 64 }] });
  expect(request.states).toEqual([submitting, kept]);
  expect(request.said.map(({ message }) => message)).toEqual([
    'In the queue at fal.ai, 2 ahead',
    'Next in the queue at fal.ai',
    '1/2 steps',
  ]);
  expect(fal.asked.every(({ authorization }) => authorization === `Key ${Fal.key}`)).toBe(true);
  expect(fal.asks(looks).every(({ path }) => path.endsWith('?logs=1'))).toBe(true);
});

test('a source picture travels inside the request, for pictures and for films', async () => {
  const fal = await openFal();
  const source_image = sourceOf(Buffer.from('a picture'));
  const image_url = 'data:image/png;base64,YSBwaWN0dXJl';
  await providerOf(fal).img2img(attempt({ strength: 0.8 }, { source_image }));
  const film = await providerOf(fal).img2vid(attempt({ duration: '5' }, { source_image }));
  expect(fal.jobs.map(({ model, input }) => ({ model, input }))).toMatchObject([
    { model: 'fal-ai/flux/dev/image-to-image', input: { image_url, strength: 0.8 } },
    { model: 'fal-ai/kling-video/v2.5-turbo/pro/image-to-video', input: { image_url, duration: '5' } },
  ]);
  expect(film.urls).toHaveLength(1);
  expect(fal.jobs[0]!.input).not.toHaveProperty('source_image');
});

test.each([
  [null, 'needs a source picture'],
  [sourceOf(new Uint8Array(10 * 1024 ** 2 + 1)), 'larger than'],
])(
  'a source picture that cannot be sent is refused before anything is asked (%#)',
  async (source_image, why) => {
    const fal = await openFal();
    const error = await failureOf(providerOf(fal).img2img(attempt({}, { source_image })));
    expect(error).toMatchObject({ name: 'InvalidRequestError', message: expect.stringContaining(why) });
    expect(fal.asked).toEqual([]);
  },
);

test.each([
  'flux',
  '',
  '/fal-ai/flux',
  'fal-ai//flux',
  'fal-ai/../admin',
  'fal-ai/./flux',
  '../../admin/x',
  'fal-ai/flux?x=1',
  'fal-ai/flux#x',
  'fal-ai/%2e%2e/admin',
  'fal-ai/flux\\..\\x',
  'https://evil.example/x',
  'fal-ai/flux/requests/1/cancel',
  'fal-ai/flux\n',
])('"%s" is no model, and never becomes an address', async model => {
  const fal = await openFal();
  const error = await failureOf(providerOf(fal).txt2img(attempt({ model })));
  expect(error).toMatchObject({ name: 'InvalidRequestError', message: expect.stringContaining('model: ') });
  expect(fal.asked).toEqual([]);
});

test.each(['sync_mode', 'Not a field', '$where'])('the further field "%s" is refused', async field => {
  const fal = await openFal();
  const input = Object.fromEntries([[field, true]]);
  const error = await failureOf(providerOf(fal).txt2img(attempt({ input })));
  expect(error).toMatchObject({ name: 'InvalidRequestError' });
  expect(fal.asked).toEqual([]);
});

test('an app of three parts is asked where its requests lie', async () => {
  const fal = await openFal();
  fal.named = 'https://queue.fal.run';
  const request = attempt({ model: 'comfy/somebody/flow' });
  fal.plan(looks, { status: 401, body: { detail: 'enough' } });
  await failureOf(providerOf(fal).txt2img(request));
  expect(fal.asked.at(-1)!.path).toMatch(/^\/comfy\/somebody\/flow\/requests\//);
});

test('addresses of another place in answers are not followed: the key goes to the configured one only', async () => {
  const [fal, other] = [await openFal(), await openFal()];
  fal.named = other.url;
  await providerOf(fal).txt2img(attempt());
  expect(other.asked).toEqual([]);
  expect(fal.asks(looks).length).toBeGreaterThan(0);
});

test('an address of the right place that is no request is not asked', async () => {
  const fal = await openFal();
  fal.plan(submits, { status: 200, body: { request_id: 'r1', response_url: `${fal.url}/admin/keys` } });
  fal.plan(looks, { status: 401, body: { detail: 'enough' } });
  await failureOf(providerOf(fal).txt2img(attempt()));
  expect(fal.asked.at(-1)!.path).toBe('/fal-ai/flux/requests/r1/status?logs=1');
});

test('an attempt that begins later goes on with the job, and submits nothing', async () => {
  const fal = await openFal();
  const provider = providerOf(fal);
  const first = attempt({}, { signal: AbortSignal.abort(new Error('unused')) });
  await failureOf(provider.txt2img(first));
  expect(fal.asked).toEqual([]);
  const stopped = new AbortController();
  const second = attempt({}, { signal: stopped.signal });
  second.progress = () => stopped.abort(new Error('the worker stops'));
  expect(await failureOf(provider.txt2img(second))).toBe(stopped.signal.reason);
  const third = attempt({}, { resume: second.states.at(-1)! });
  const { urls, provider_task_id } = await provider.txt2img(third);
  expect(urls).toHaveLength(1);
  expect(provider_task_id).toBe(fal.jobs[0]!.id);
  expect(fal.asks(submits)).toHaveLength(1);
  expect(fal.asks(/^PUT /)).toEqual([]);
  expect(third.states).toEqual([]);
});

test('what a task keeps cannot lead anywhere but to a request', async () => {
  const fal = await openFal();
  const resume = { external_id: '../../admin' };
  const error = await failureOf(providerOf(fal).txt2img(attempt({}, { resume })));
  expect(error).toMatchObject({ message: '"../../admin" is no request at fal.ai.' });
  expect(fal.asked).toEqual([]);
});

async function stopWhileRunning(fal: FalStandIn, reason: Error) {
  const controller = new AbortController();
  const request = attempt({}, { signal: controller.signal });
  request.progress = (_, message) => message === '1/2 steps' && controller.abort(reason);
  expect(await failureOf(providerOf(fal).txt2img(request))).toBe(reason);
  return request;
}

test('a cancelled task cancels its request, and forgets it', async () => {
  const fal = await openFal();
  const { states } = await stopWhileRunning(fal, cancelled());
  expect(fal.jobs[0]!.cancelled).toBe(true);
  expect(states).toEqual([submitting, kept, null]);
});

test('a worker that stops cancels nothing', async () => {
  const fal = await openFal();
  const { states } = await stopWhileRunning(fal, new Error('the worker stops'));
  expect(fal.jobs[0]!.cancelled).toBe(false);
  expect(states).toEqual([submitting, kept]);
});

test('a request that cannot be cancelled any more stays known', async () => {
  const fal = await openFal();
  fal.plan(/^PUT /, { status: 400, body: { status: 'ALREADY_COMPLETED' } });
  const { states } = await stopWhileRunning(fal, cancelled());
  expect(states).toEqual([submitting, kept]);
});

test('without a key nothing is asked, and the message says which variable to set', async () => {
  const fal = await openFal();
  const request = attempt();
  const error = await failureOf(providerOf(fal, null).txt2img(request));
  expect(error).toMatchObject({ name: 'AuthenticationError', message: expect.stringContaining('FAL_KEY') });
  expect(fal.asked).toEqual([]);
});

test('the key is in no message and no stored answer, also where the service repeats it', async () => {
  const fal = await openFal();
  fal.plan(submits, { status: 400, body: { detail: `The key ${Fal.key} is odd` } });
  const error = await failureOf(providerOf(fal).txt2img(attempt()));
  expect(String(error)).toContain('The key *** is odd');
  fal.result = { status: 200, body: { images: [{ url: 'http://x.example/1' }], note: `for ${Fal.key}` } };
  const { raw_response } = await providerOf(fal).txt2img(attempt());
  expect(raw_response).toMatchObject({ note: 'for ***' });
});

test('the stand-in speaks as fal says: its own client gets along with it', async () => {
  const fal = await openFal();
  const client = createFalClient({
    credentials: Fal.key,
    suppressLocalCredentialsWarning: true,
    requestMiddleware: async request => ({
      ...request,
      url: request.url.replace('https://queue.fal.run', fal.url),
    }),
  });
  const { request_id, status } = await client.queue.submit('fal-ai/flux/dev', {
    input: { prompt: 'Red fox' },
  });
  expect(status).toBe('IN_QUEUE');
  const seen: string[] = [];
  await client.queue.subscribeToStatus('fal-ai/flux/dev', {
    requestId: request_id,
    logs: true,
    pollInterval: 1,
    onQueueUpdate: update => void seen.push(update.status),
  });
  expect(seen).toEqual(['IN_QUEUE', 'IN_QUEUE', 'IN_PROGRESS', 'COMPLETED']);
  const { data } = await client.queue.result('fal-ai/flux/dev', { requestId: request_id });
  expect(data.images[0]!.url).toContain(fal.url);
  const second = await client.queue.submit('fal-ai/flux/dev', { input: { prompt: 'Blue fox' } });
  await client.queue.cancel('fal-ai/flux/dev', { requestId: second.request_id });
  expect(fal.jobs[1]!.cancelled).toBe(true);
});
