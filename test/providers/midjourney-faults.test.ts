// Midjourney's provider against a proxy that misbehaves: what each fault becomes, and that nothing is paid twice.
import { expect, test } from 'vitest';
import { MidjourneyProvider } from '../../providers/media/midjourney/midjourney.ts';
import { verdictOf } from '../../worker/actors/errors.ts';
import { attempt, failureOf } from './attempt.ts';
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

test.each([
  ['moderated', undefined, 'ContentPolicyError', 'moderation refused'],
  ['failed', 'Banned prompt detected', 'ContentPolicyError', 'Banned prompt'],
  ['failed', 'Midjourney timed out', 'GenerationError', 'timed out'],
  ['failed', undefined, 'GenerationError', 'The job failed at Midjourney.'],
  ['cancelled', undefined, 'GenerationError', 'cancelled at the proxy'],
] as const)('a job that ends %s (%s) is a %s, and forgotten', async (status, error, name, why) => {
  const proxy = await openMidjourney();
  proxy.steps = [{ status, ...(error !== undefined && { error }) }];
  const request = attempt();
  expect(await failureOf(providerOf(proxy).txt2img(request))).toMatchObject({
    name,
    message: expect.stringContaining(why),
  });
  expect(request.states).toEqual([submitting, kept, null]);
});

test('a job that somebody cancelled at the proxy is not begun again', async () => {
  const proxy = await openMidjourney();
  proxy.steps = [{ status: 'cancelled' }];
  const error = await failureOf(providerOf(proxy).txt2img(attempt()));
  expect(verdictOf(error)).toEqual({ kind: 'permanent' });
});

test('a job that completed without a picture has failed', async () => {
  const proxy = await openMidjourney();
  proxy.steps = [{ status: 'completed', pictures: 0, grid: false }];
  expect(await failureOf(providerOf(proxy).txt2img(attempt()))).toMatchObject({
    name: 'GenerationError',
    message: 'Midjourney finished the job without a picture.',
  });
});

test.each([
  [400, { error: 'Field prompt is required' }, 'InvalidRequestError', 'prompt is required'],
  [401, { error: 'Unauthorized' }, 'AuthenticationError', 'MIDJOURNEY_API_KEY'],
  [402, { error: 'No subscription' }, 'InsufficientCreditsError', 'No subscription'],
  [403, { error: 'Forbidden' }, 'AuthenticationError', 'Forbidden'],
  [422, { error: 'Prompt was moderated' }, 'ContentPolicyError', 'Prompt was moderated'],
  [429, { error: 'All channels are busy' }, 'RateLimitError', 'All channels are busy'],
  [500, { error: 'Discord is down' }, 'ProviderUnavailableError', 'Discord is down'],
])('a submit that is answered %i %j is a %s, and nothing is kept', async (status, body, name, why) => {
  const proxy = await openMidjourney();
  proxy.plan(submits, { status, body });
  const request = attempt();
  expect(await failureOf(providerOf(proxy).txt2img(request))).toMatchObject({
    name,
    message: expect.stringContaining(why),
  });
  expect(request.states).toEqual([submitting, null]);
});

test.each([
  ['the connection breaks before it', 'reset', 0],
  ['the connection breaks after it', 'lost', 1],
  ['a gateway gives up', { status: 504, body: 'Gateway timeout' }, 0],
  ['there is no id in the answer', { status: 201, body: { status: 'created' } }, 0],
  ['the answer is a stream', { status: 200, body: 'event: initialized\n\n' }, 0],
] as const)('a submit is never repeated when %s: nobody knows', async (_, fault, made) => {
  const proxy = await openMidjourney();
  proxy.plan(submits, fault);
  const request = attempt();
  expect(await failureOf(providerOf(proxy).txt2img(request))).toMatchObject({ name: 'SubmissionUncertain' });
  expect(proxy.jobs).toHaveLength(made);
  const again = attempt({}, { resume: request.states[0]! });
  expect(await failureOf(providerOf(proxy).txt2img(again))).toMatchObject({ name: 'SubmissionUncertain' });
  expect(proxy.asks(submits)).toHaveLength(1);
});

test('looks that fail, and states that nobody knows, say nothing of the job', async () => {
  const proxy = await openMidjourney();
  proxy.steps.unshift({ status: 'paused' });
  proxy.plan(
    looks,
    { status: 500, body: { error: 'Discord is down' } },
    'reset',
    { status: 429, headers: { 'retry-after': '2' } },
    { status: 404, body: { error: 'Job not found' } },
    { status: 200, body: 'not JSON' },
    { status: 200, body: { status: 'progress', response: { progress_percent: 'half' } } },
  );
  const request = attempt();
  expect((await providerOf(proxy).txt2img(request)).urls).toHaveLength(4);
  expect(proxy.asks(submits)).toHaveLength(1);
});
