// What Leonardo's refusals, lost answers, failures and odd answers make of a paid job.
import { expect, onTestFinished, test } from 'vitest';
import { verdictOf } from '../../worker/actors/errors.ts';
import { openLeonardo, submits } from './leonardo-open.ts';
import { failure } from './remote-serve.ts';
import { requestFor } from './request.ts';
import type { Fault } from './standins/stage.ts';

const nobodys = '0190b5a2-0000-4000-8000-000000000000';

test.each([
  ['what moderation refuses', 'txt2img', 'forbidden', 'ContentPolicyError', 'content moderation filter'],
  ['a picture that is not there', 'img2img', 'fox', 'InvalidRequestError', 'not found'],
] as const)('%s is refused for good, and nothing is kept', async (_name, action, prompt, name, words) => {
  const { leonardo } = await openLeonardo();
  const request = requestFor(prompt, { image_id: nobodys });
  const error = await failure(leonardo[action](request));
  expect(error).toMatchObject({ name, message: expect.stringContaining(words) });
  expect(verdictOf(error)).toEqual({ kind: 'permanent' });
  expect(request.states.at(-1)).toBe(null);
});

test('a wrong key is an error that names the variable, and not the key', async () => {
  const { leonardo } = await openLeonardo({ api_key: 'wrong-key-1234' });
  const error = await failure(leonardo.txt2img(requestFor('fox')));
  expect(error).toMatchObject({ name: 'AuthenticationError' });
  expect(error.message).toContain('LEONARDO_API_KEY');
  expect(String(error.stack)).not.toContain('wrong-key-1234');
});

const refusals: [Fault, string, string][] = [
  [{ status: 429, headers: { 'retry-after': '20' } }, 'RateLimitError', 'cooldown'],
  [{ status: 500, body: { error: 'Service Error', path: '$' } }, 'ProviderUnavailableError', 'retry'],
  [{ status: 400, body: { error: 'not enough api tokens to run' } }, 'InsufficientCreditsError', 'permanent'],
  [{ status: 403, body: { error: 'no', code: 'access-denied' } }, 'AuthenticationError', 'permanent'],
];

test.each(refusals)('a submit that meets %j was not accepted: %s', async (fault, name, kind) => {
  const { service, leonardo, clock } = await openLeonardo();
  service.plan(submits, fault);
  const request = requestFor('fox');
  const error = await failure(leonardo.txt2img(request));
  expect(error.name).toBe(name);
  expect(verdictOf(error)).toMatchObject({
    kind,
    ...(kind === 'cooldown' && { until: new Date(clock.now() + 20_000) }),
  });
  expect(request.states).toEqual([{ submitting: expect.anything() }, null]);
  expect(service.generations).toEqual([]);
});

const lostAnswers: Fault[] = [
  'lost',
  { status: 502, acted: true },
  { status: 200, body: '{"new"', acted: true },
];

test.each(lostAnswers)(
  'a submit whose answer is lost (%j) is found in the list and not paid again',
  async fault => {
    const { service, leonardo } = await openLeonardo();
    service.plan(submits, fault);
    const request = requestFor('fox');
    const result = await leonardo.txt2img(request);
    expect(service.asks(submits)).toHaveLength(1);
    expect(result.provider_task_id).toBe(service.generations[0]?.id);
    expect(request.states).toEqual([
      { submitting: { since: expect.any(String), mark: service.generations[0]?.body.seed } },
      { external_id: service.generations[0]?.id },
    ]);
  },
);

test.each<Fault>(['reset', { status: 504 }])(
  'a submit that met %j and is in no list is uncertain',
  async fault => {
    const { service, leonardo } = await openLeonardo();
    service.plan(submits, fault);
    const request = requestFor('fox');
    const error = await failure(leonardo.txt2img(request));
    expect(error).toMatchObject({ name: 'SubmissionUncertain' });
    expect(verdictOf(error)).toEqual({ kind: 'permanent' });
    expect(request.states).toEqual([{ submitting: expect.anything() }]);
  },
);

test('an attempt after a crash goes on with the job it finds, on the second page too', async () => {
  const { service, leonardo, clock } = await openLeonardo();
  await leonardo.txt2img(requestFor('fox', { seed: 5 }));
  const [ours] = service.generations;
  const since = new Date(clock.now()).toISOString();
  for (let other = 0; other < 60; other++)
    service.generations.push({ ...ours!, id: `${other}`, body: { seed: 9 } });
  const result = await leonardo.txt2img(
    requestFor('fox', { seed: 5 }, { resume: { submitting: { since, mark: 5 } } }),
  );
  expect(result.provider_task_id).toBe(ours?.id);
  expect(service.asks(submits)).toHaveLength(1);
});

test('moments in the list are read as UTC, wherever the worker stands', async () => {
  const { TZ } = process.env;
  onTestFinished(() => {
    process.env.TZ = TZ ?? 'UTC';
  });
  process.env.TZ = 'Asia/Tokyo';
  expect(new Date().getTimezoneOffset()).toBe(-540);
  const { service, leonardo } = await openLeonardo();
  service.plan(submits, 'lost');
  expect((await leonardo.txt2img(requestFor('fox'))).provider_task_id).toBe(service.generations[0]?.id);
});

test.each([
  ['another prompt', { prompt: 'cat' }, 0],
  ['another seed', { seed: 6 }, 0],
  ['an hour ago', {}, 3_600_000],
])('a job with %s is not taken for ours', async (_name, other, agoMs) => {
  const { service, leonardo, clock } = await openLeonardo();
  await leonardo.txt2img(requestFor('fox', { seed: 5 }));
  const [made] = service.generations;
  service.generations[0] = { ...made!, body: { ...made!.body, ...other } };
  const since = new Date(clock.now() + agoMs).toISOString();
  const request = requestFor('fox', { seed: 5 }, { resume: { submitting: { since, mark: 5 } } });
  expect((await failure(leonardo.txt2img(request))).name).toBe('SubmissionUncertain');
});

test('of two jobs alike nobody knows which is ours', async () => {
  const { service, leonardo, clock } = await openLeonardo();
  for (let twice = 0; twice < 2; twice++) await leonardo.txt2img(requestFor('fox', { seed: 5 }));
  const since = new Date(clock.now()).toISOString();
  const request = requestFor('fox', { seed: 5 }, { resume: { submitting: { since, mark: 5 } } });
  expect((await failure(leonardo.txt2img(request))).name).toBe('SubmissionUncertain');
  expect(service.asks(submits)).toHaveLength(2);
});

test.each<Fault>([
  { status: 500 },
  { status: 429, headers: { 'retry-after': '3' } },
  { status: 404 },
  { status: 200, body: { generations_by_pk: null } },
  { status: 200, body: '{' },
  'reset',
])('a look that meets %j does not fail a job that is paid', async fault => {
  const { service, leonardo } = await openLeonardo();
  service.plan(/^GET .*\/generations\/[0-9a-f-]+$/, fault, fault);
  const { urls } = await leonardo.txt2img(requestFor('fox'));
  expect(urls).toHaveLength(1);
  expect(service.generations).toHaveLength(1);
});

test('a job that Leonardo knows nothing of for a minute is gone for good', async () => {
  const { leonardo, clock } = await openLeonardo();
  const began = clock.now();
  const error = await failure(leonardo.txt2img(requestFor('fox', {}, { resume: { external_id: 'gone' } })));
  expect(error).toMatchObject({ name: 'NotFoundError', message: expect.stringContaining('gone') });
  expect(clock.now() - began).toBeLessThan(120_000);
});

test('a status that nobody knows means that it is not done yet', async () => {
  const { service, leonardo } = await openLeonardo();
  service.statuses = ['QUEUED_FOR_REVIEW', 'PENDING', 'COMPLETE'];
  expect((await leonardo.txt2img(requestFor('fox'))).urls).toHaveLength(1);
});

test('a job that fails is forgotten, and the error says that another one may cost again', async () => {
  const { service, leonardo } = await openLeonardo();
  service.statuses = ['PENDING', 'FAILED'];
  const request = requestFor('fox');
  const error = await failure(leonardo.txt2img(request));
  expect(error).toMatchObject({ name: 'GenerationError', message: expect.stringContaining('charged') });
  expect(verdictOf(error)).toEqual({ kind: 'retry' });
  expect(request.states.at(-1)).toBe(null);
});

test('a complete job with nothing in it fails for good after some looks, and is not forgotten', async () => {
  const { service, leonardo } = await openLeonardo();
  service.empty = true;
  const request = requestFor('fox');
  const error = await failure(leonardo.txt2img(request));
  expect(error.message).toContain('nothing in it');
  expect(verdictOf(error)).toEqual({ kind: 'permanent' });
  expect(request.states.at(-1)).toMatchObject({ external_id: service.generations[0]?.id });
  expect(service.generations[0]?.looks).toBe(5);
});
