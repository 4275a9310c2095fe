// fal.ai's provider against a stand-in that misbehaves: what each fault becomes, and that nothing is paid twice.
import { expect, test } from 'vitest';
import { FalProvider } from '../../providers/media/fal/fal.ts';
import { verdictOf } from '../../worker/actors/errors.ts';
import { attempt, failureOf } from './attempt.ts';
import { FalStandIn as Fal, type FalStandIn, openFal } from './standins/fal.ts';
import { quickClock } from './standins/stage.ts';

const providerOf = (fal: FalStandIn, key: string | null = Fal.key) =>
  new FalProvider({ key, base_url: fal.url, clock: quickClock() });

const submits = /^POST /;
const looks = /^GET .*\/status/;
const answers = /^GET .*\/requests\/[^/]+$/;
const submitting = { submitting: { since: expect.any(String), mark: null } };
const kept = { external_id: expect.stringMatching(/^fal-ai\/flux\/requests\/[\w-]+$/) };

const policy = {
  detail: [
    { loc: ['body', 'prompt'], msg: 'The content could not be processed', type: 'content_policy_violation' },
  ],
};
const field = { detail: [{ loc: ['body', 'seed'], msg: 'Input should be an integer', type: 'int_parsing' }] };
const locked = { detail: 'User is locked. Reason: Exhausted balance. Top up your balance.' };
const refusals = [
  [401, { detail: 'Unauthorized' }, 'AuthenticationError', 'FAL_KEY'],
  [403, { detail: 'Forbidden' }, 'AuthenticationError', 'Forbidden'],
  [403, locked, 'InsufficientCreditsError', 'Exhausted balance'],
  [402, { detail: 'Payment required' }, 'InsufficientCreditsError', 'too little left'],
  [422, field, 'InvalidRequestError', 'seed: Input should be an integer'],
  [422, policy, 'ContentPolicyError', 'could not be processed'],
  [500, { detail: 'Internal error' }, 'ProviderUnavailableError', 'Internal error'],
  [
    503,
    { detail: 'No capacity', error_type: 'runner_scheduling_failure' },
    'ProviderUnavailableError',
    'No capacity',
  ],
] as const;

test.each(refusals)(
  'a submit that is answered %i %j is a %s, and nothing is kept',
  async (status, body, name, why) => {
    const fal = await openFal();
    fal.plan(submits, { status, body });
    const request = attempt();
    expect(await failureOf(providerOf(fal).txt2img(request))).toMatchObject({
      name,
      message: expect.stringContaining(why),
    });
    expect(request.states).toEqual([submitting, null]);
  },
);

test('a wish for rest is handed on with its moment', async () => {
  const fal = await openFal();
  fal.plan(submits, { status: 429, headers: { 'retry-after': '7' } });
  const request = attempt();
  const error = await failureOf(providerOf(fal).txt2img(request));
  expect(error).toMatchObject({ name: 'RateLimitError' });
  expect(verdictOf(error)).toEqual({ kind: 'cooldown', until: new Date('2026-01-01T00:00:07Z') });
  expect(request.states.at(-1)).toBeNull();
});

test.each([
  ['the connection breaks before it', 'reset', 0],
  ['the connection breaks after it', 'lost', 1],
  ['a gateway gives up', { status: 502, body: '<html>Bad gateway</html>' }, 0],
  ['there is no id in the answer', { status: 200, body: { status: 'IN_QUEUE' } }, 0],
  ['the id could be a path', { status: 200, body: { request_id: '../x' } }, 0],
] as const)('a submit is never repeated when %s: nobody knows', async (_, fault, made) => {
  const fal = await openFal();
  fal.plan(submits, fault);
  const request = attempt();
  const error = await failureOf(providerOf(fal).txt2img(request));
  expect(error).toMatchObject({ name: 'SubmissionUncertain' });
  expect(fal.jobs).toHaveLength(made);
  expect(request.states).toEqual([submitting]);
  const again = attempt({}, { resume: request.states[0]! });
  expect(await failureOf(providerOf(fal).txt2img(again))).toMatchObject({ name: 'SubmissionUncertain' });
  expect(fal.asks(submits)).toHaveLength(1);
});

test('a submit that hangs while the attempt is stopped is uncertain', async () => {
  const fal = await openFal();
  fal.plan(submits, 'hang');
  const controller = new AbortController();
  const work = providerOf(fal).txt2img(attempt({}, { signal: controller.signal }));
  await expect.poll(() => fal.asked.length).toBe(1);
  controller.abort(new Error('the worker stops'));
  expect(await failureOf(work)).toMatchObject({ name: 'SubmissionUncertain' });
});

test('looks that fail, and states that nobody knows, say nothing of the job', async () => {
  const fal = await openFal();
  fal.steps.unshift({ status: 'PAUSED_FOR_BALLAST' });
  fal.plan(
    looks,
    { status: 500, body: { detail: 'Internal error' } },
    'reset',
    { status: 429, headers: { 'retry-after': '2' } },
    { status: 404, body: { detail: 'Request not found' } },
    { status: 200, body: 'not JSON' },
  );
  fal.plan(answers, { status: 502, body: 'Bad gateway' }, 'lost');
  const { urls } = await providerOf(fal).txt2img(attempt());
  expect(urls).toHaveLength(1);
  expect(fal.asks(submits)).toHaveLength(1);
});

const endings = [
  ['the input is refused', { status: 422, body: field }, 'InvalidRequestError', 'Input should be an integer'],
  ['the content is refused', { status: 422, body: policy }, 'ContentPolicyError', 'could not be processed'],
  [
    'the model breaks',
    { status: 500, body: { detail: 'CUDA out of memory' } },
    'GenerationError',
    'out of memory',
  ],
  [
    'the model takes too long',
    { status: 504, body: { detail: 'Request timed out', error_type: 'request_timeout' } },
    'GenerationError',
    'timed out',
  ],
  ['the answer is empty', { status: 200, body: { images: [] } }, 'GenerationError', 'without a picture'],
  [
    'the answer is of another kind',
    { status: 200, body: { text: 'A fox.' } },
    'GenerationError',
    'without a picture',
  ],
  [
    'the filter blackens all of it',
    { status: 200, body: { images: [{ url: 'http://x.example/1' }], has_nsfw_concepts: [true] } },
    'ContentPolicyError',
    'every picture',
  ],
] as const;

test.each(endings)('a job ends and is forgotten when %s', async (_, result, name, why) => {
  const fal = await openFal();
  fal.result = result;
  const request = attempt();
  expect(await failureOf(providerOf(fal).txt2img(request))).toMatchObject({
    name,
    message: expect.stringContaining(why),
  });
  expect(request.states).toEqual([submitting, kept, null]);
});

test('a job that ended with an error of the queue has failed, whatever its answer holds', async () => {
  const fal = await openFal();
  fal.steps = [{ status: 'COMPLETED', error: 'Runner disconnected', error_type: 'runner_disconnected' }];
  const request = attempt();
  expect(await failureOf(providerOf(fal).txt2img(request))).toMatchObject({
    name: 'GenerationError',
    message: 'The model at fal.ai failed: Runner disconnected',
  });
  expect(request.states.at(-1)).toBeNull();
});

test('pictures that the filter let pass are delivered, also beside one that it did not', async () => {
  const fal = await openFal();
  const images = [{ url: 'http://x.example/1' }, { url: 'http://x.example/2' }];
  fal.result = { status: 200, body: { images, has_nsfw_concepts: [true, false] } };
  expect((await providerOf(fal).txt2img(attempt())).urls).toEqual(images.map(({ url }) => url));
});

test('a job that does not end in time is not lost', async () => {
  const fal = await openFal();
  fal.steps = [{ status: 'IN_QUEUE', queue_position: 400 }];
  const request = attempt();
  expect(await failureOf(providerOf(fal).txt2img(request))).toMatchObject({ name: 'GenerationTimeoutError' });
  expect(request.states).toEqual([submitting, kept]);
});
