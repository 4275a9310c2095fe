// Midjourney's provider against a stand-in for a proxy. No proxy and no account were asked.
import { expect, test } from 'vitest';
import { MidjourneyProvider } from '../../providers/media/midjourney/midjourney.ts';
import { attempt, cancelled, failureOf } from './attempt.ts';
import { sourceOf } from './request.ts';
import {
  MidjourneyStandIn as Midjourney,
  type MidjourneyStandIn,
  openMidjourney,
} from './standins/midjourney.ts';
import { quickClock } from './standins/stage.ts';

const providerOf = (proxy: MidjourneyStandIn, key: string | null = Midjourney.key) =>
  new MidjourneyProvider({ key, base_url: proxy.url, clock: quickClock() });

const submits = /^POST /;
const looks = /^GET \/jobs/;
const submitting = { submitting: { since: expect.any(String), mark: null } };
const kept = { external_id: expect.stringMatching(/^j1123\d+i-u1-c9-bot:midjourney$/) };

test('words become a grid of four, with the percent on the way', async () => {
  const proxy = await openMidjourney();
  const request = attempt();
  const result = await providerOf(proxy).txt2img(request);
  expect(proxy.jobs[0]).toMatchObject({ verb: 'imagine', request: { prompt: 'Red fox', stream: false } });
  expect(result.urls).toHaveLength(4);
  expect(result.provider_task_id).toBe(proxy.jobs[0]!.jobid);
  expect(result.raw_response).toMatchObject({ status: 'completed', response: { progress_percent: 100 } });
  expect(request.states).toEqual([submitting, kept]);
  expect(request.said.map(({ message, fraction }) => [message, fraction])).toEqual([
    ['Waiting for Midjourney to begin', undefined],
    ['Waiting for Midjourney to begin', undefined],
    ['Midjourney is at 15 %', 0.15],
    ['Midjourney is at 62 %', 0.62],
  ]);
  expect(proxy.asked.every(({ authorization }) => authorization === `Bearer ${Midjourney.key}`)).toBe(true);
});

test.each([
  [{ aspect_ratio: '16:9', version: '6.1', stylize: 250 }, 'Red fox --ar 16:9 --v 6.1 --stylize 250'],
  [{ version: 'niji 6', chaos: 20, seed: 7 }, 'Red fox --niji 6 --chaos 20 --seed 7'],
  [{ weird: 300, no: 'trees, snow', raw: true }, 'Red fox --weird 300 --no trees, snow --raw'],
  [{ raw: false }, 'Red fox'],
])('%j is said as "%s"', async (params, prompt) => {
  const proxy = await openMidjourney();
  await providerOf(proxy).txt2img(attempt(params));
  expect(proxy.jobs[0]!.request).toMatchObject({ prompt });
});

test('the words are one line, however they were written', async () => {
  const proxy = await openMidjourney();
  await providerOf(proxy).txt2img(attempt({}, { prompt: '  Red\n  fox\t' }));
  expect(proxy.jobs[0]!.request).toMatchObject({ prompt: 'Red fox' });
});

test.each([
  [{ aspect_ratio: '16:9 --v 1' }, 'aspect_ratio'],
  [{ aspect_ratio: '0:1' }, 'aspect_ratio'],
  [{ version: 'latest' }, 'version'],
  [{ stylize: 2000 }, 'stylize'],
  [{ no: 'x --video' }, 'no'],
  [{ upscale_of: '../accounts' }, 'upscale_of'],
  [{ upscale_of: 'j1', index: 5 }, 'index'],
])('%j is refused before anything is asked', async (params, field) => {
  const proxy = await openMidjourney();
  expect(await failureOf(providerOf(proxy).txt2img(attempt(params)))).toMatchObject({
    name: 'InvalidRequestError',
    message: expect.stringContaining(`${field}: `),
  });
  expect(proxy.asked).toEqual([]);
});

test('one of the four is upscaled by its number', async () => {
  const proxy = await openMidjourney();
  const provider = providerOf(proxy);
  const { provider_task_id } = await provider.txt2img(attempt());
  const upscaled = await provider.txt2img(attempt({ upscale_of: provider_task_id, index: 3 }));
  expect(proxy.jobs[1]).toMatchObject({ verb: 'button', request: { jobid: provider_task_id, button: 'U3' } });
  expect(upscaled.urls).toHaveLength(1);
});

test('an upscale of a job that the proxy does not know is refused', async () => {
  const proxy = await openMidjourney();
  const request = attempt({ upscale_of: 'j-unknown' });
  expect(await failureOf(providerOf(proxy).txt2img(request))).toMatchObject({
    name: 'NotFoundError',
    message: expect.stringContaining('j-unknown'),
  });
  expect(request.states.at(-1)).toBeNull();
});

test('a picture to begin with is told by its address', async () => {
  const proxy = await openMidjourney();
  const source_image = { ...sourceOf(Buffer.from('x')), url: 'https://pictures.example/fox.png' };
  await providerOf(proxy).img2img(attempt({ image_weight: 1.5 }, { source_image }));
  expect(proxy.jobs[0]!.request).toMatchObject({
    prompt: 'https://pictures.example/fox.png Red fox --iw 1.5',
  });
});

test('a picture without an address of its own is refused, with what to do', async () => {
  const proxy = await openMidjourney();
  const source_image = sourceOf(Buffer.from('x'));
  expect(await failureOf(providerOf(proxy).img2img(attempt({}, { source_image })))).toMatchObject({
    name: 'InvalidRequestError',
    message: expect.stringContaining('give params.source_image as a web address'),
  });
  expect(proxy.asked).toEqual([]);
});

test.each([
  [{ pictures: 0 }, 1],
  [{ pictures: 0, grid: true }, 1],
  [{ pictures: 4, grid: false }, 4],
])('a job that ends with %j gives %i picture(s)', async (end, count) => {
  const proxy = await openMidjourney();
  proxy.steps = [{ status: 'completed', ...end }];
  expect((await providerOf(proxy).txt2img(attempt())).urls).toHaveLength(count);
});

test('a proxy may spell the id its own way', async () => {
  const proxy = await openMidjourney();
  proxy.plan(submits, { status: 200, body: { job_id: 'abc' } });
  proxy.plan(looks, {
    status: 200,
    body: { status: 'completed', response: { imageUx: [{ url: 'http://x.example/1' }] } },
  });
  expect(await providerOf(proxy).txt2img(attempt())).toMatchObject({
    urls: ['http://x.example/1'],
    provider_task_id: 'abc',
  });
});

test('an attempt that begins later goes on with the job', async () => {
  const proxy = await openMidjourney();
  const provider = providerOf(proxy);
  const stopped = new AbortController();
  const first = attempt({}, { signal: stopped.signal });
  first.progress = () => stopped.abort(new Error('the worker stops'));
  await failureOf(provider.txt2img(first));
  expect(proxy.asks(/^DELETE /)).toEqual([]);
  const second = attempt({}, { resume: first.states.at(-1)! });
  expect((await provider.txt2img(second)).urls).toHaveLength(4);
  expect(proxy.asks(submits)).toHaveLength(1);
});

test('a job that the proxy has forgotten is not paid again', async () => {
  const proxy = await openMidjourney();
  proxy.plan(looks, { status: 410, body: { error: 'Job j1 has expired' } });
  const request = attempt({}, { resume: { external_id: 'j1' } });
  expect(await failureOf(providerOf(proxy).txt2img(request))).toMatchObject({
    name: 'NotFoundError',
    message: expect.stringContaining('does not know'),
  });
  expect(request.states).toEqual([]);
  expect(proxy.asks(submits)).toEqual([]);
});

test('a job that does not end in time is not lost', async () => {
  const proxy = await openMidjourney();
  proxy.steps = [{ status: 'progress', percent: 99 }];
  const request = attempt();
  expect(await failureOf(providerOf(proxy).txt2img(request))).toMatchObject({
    name: 'GenerationTimeoutError',
  });
  expect(request.states).toEqual([submitting, kept]);
});

test('a look that hangs ends with the attempt', async () => {
  const proxy = await openMidjourney();
  proxy.plan(looks, 'hang');
  const controller = new AbortController();
  const request = attempt({}, { signal: controller.signal });
  const work = providerOf(proxy).txt2img(request);
  await expect.poll(() => proxy.asks(looks).length).toBe(1);
  controller.abort(cancelled());
  expect(await failureOf(work)).toBe(controller.signal.reason);
  expect(proxy.asks(/^DELETE \/jobs\/j1123\d+i-u1-c9-bot%3Amidjourney$/)).toHaveLength(1);
  expect(request.states).toEqual([submitting, kept, null]);
});

test('a proxy that asks for no key gets none', async () => {
  const proxy = await openMidjourney();
  await failureOf(providerOf(proxy, null).txt2img(attempt()));
  expect(proxy.asked[0]!.authorization).toBeUndefined();
});

test('the key goes over https or not at all, save on this machine', async () => {
  const provider = new MidjourneyProvider({ key: 'k', base_url: 'http://proxy.example/v3' });
  const request = attempt();
  expect(await failureOf(provider.txt2img(request))).toMatchObject({
    message: expect.stringContaining('MIDJOURNEY_BASE_URL must be an https:// address'),
  });
});

test('the key is in no message, also where the proxy repeats it', async () => {
  const proxy = await openMidjourney();
  proxy.plan(submits, { status: 400, body: { error: `${Midjourney.key} is odd` } });
  const error = await failureOf(providerOf(proxy).txt2img(attempt()));
  expect(String(error)).toContain('*** is odd');
});
