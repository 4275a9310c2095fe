// Registering providers, and what their errors say to the queue.
import { expect, test } from 'vitest';
import * as providers from '../../providers/index.ts';
import { defaultProviders, type MediaProvider, MediaProviderRegistry } from '../../providers/index.ts';
import { verdictOf } from '../../worker/actors/errors.ts';
import { requestFor } from './request.ts';

const provider: MediaProvider = {};

test('studio comes first among the providers that come along, two at once', () => {
  const registry = defaultProviders();
  expect(registry.list()[0]).toBe('studio');
  expect(registry.getConcurrency('studio')).toBe(2);
  expect(providers.actionsOf(registry.get('studio'))).toEqual(['txt2img', 'img2img', 'img2vid']);
});

test('leonardo is always offered, three at once, and without a key it says what to do', async () => {
  const registry = defaultProviders();
  expect(registry.getConcurrency('leonardo')).toBe(3);
  expect(registry.hosts()).toContain('cdn.leonardo.ai');
  const leonardo = registry.get('leonardo');
  expect(providers.actionsOf(leonardo)).toEqual(['txt2img', 'img2img', 'img2vid']);
  const request = requestFor('Red fox');
  await expect(leonardo.txt2img!(request)).rejects.toMatchObject({
    name: 'AuthenticationError',
    message: expect.stringContaining('set LEONARDO_API_KEY'),
  });
  expect(request.states).toEqual([]);
});

test('midjourney and fal are offered once they are set up', () => {
  expect(defaultProviders().list()).toEqual(['studio', 'leonardo']);
  const registry = defaultProviders({ MIDJOURNEY_BASE_URL: 'https://proxy.example/v3', FAL_KEY: 'k' });
  expect(registry.list()).toEqual(['studio', 'leonardo', 'midjourney', 'fal']);
  expect(['midjourney', 'fal'].map(name => registry.getConcurrency(name))).toEqual([1, 10]);
  expect(providers.actionsOf(registry.get('midjourney'))).toEqual(['txt2img', 'img2img']);
  expect(providers.actionsOf(registry.get('fal'))).toEqual(['txt2img', 'img2img', 'img2vid']);
  expect(registry.hosts()).toEqual(expect.arrayContaining(['cdn.midjourney.com', 'v3.fal.media']));
});

test('a provider is made once, when it is first asked for', () => {
  const registry = new MediaProviderRegistry();
  let made = 0;
  registry.register('one', () => {
    made++;
    return { ...provider };
  });
  expect(made).toBe(0);
  expect(registry.get('one')).toBe(registry.get('one'));
  expect(made).toBe(1);
});

test('a limit is 1 unless it is given, also for a provider that is not known', () => {
  const registry = new MediaProviderRegistry();
  registry.register('plain', () => provider);
  registry.register('wide', () => provider, { concurrency: 7 });
  const limits = ['plain', 'wide', 'nobody'].map(name => registry.getConcurrency(name));
  expect(limits).toEqual([1, 7, 1]);
});

test('two registries share nothing', () => {
  const one = defaultProviders();
  one.register('mine', () => provider);
  expect(defaultProviders().list()).not.toContain('mine');
});

test('an unknown provider is named, together with those there are, and trying again is no help', () => {
  const registry = defaultProviders();
  const get = () => registry.get('dalle');
  expect(get).toThrow('There is no media provider "dalle". There are: studio, leonardo');
  expect(get).toThrow(expect.objectContaining({ name: 'UnknownProvider' }));
});

test.each([
  ['', {}, 'cannot name a provider'],
  ['a/b', {}, 'cannot name a provider'],
  ['studio', {}, 'registered twice'],
  ['zero', { concurrency: 0 }, 'whole number from 1'],
  ['half', { concurrency: 1.5 }, 'whole number from 1'],
])('registering "%s" with %j is refused', (name, options, message) => {
  expect(() => defaultProviders().register(name, () => provider, options)).toThrow(message);
});

test('the hosts of all providers are listed once', () => {
  const registry = new MediaProviderRegistry();
  registry.register('a', () => provider, { hosts: ['cdn.example', 'x.example'] });
  registry.register('b', () => provider, { hosts: ['cdn.example'] });
  expect(registry.hosts()).toEqual(['cdn.example', 'x.example']);
});

const until = new Date(0);

test.each([
  [new providers.GenerationError('x'), { kind: 'retry' }],
  [new providers.GenerationTimeoutError('x'), { kind: 'retry' }],
  [new providers.ProviderUnavailableError('x'), { kind: 'retry' }],
  [new providers.AnswerLostError('x'), { kind: 'retry' }],
  [new providers.NotFoundError('x'), { kind: 'permanent' }],
  [new providers.RateLimitError('x', { until }), { kind: 'cooldown', until }],
  [new providers.InvalidRequestError('x'), { kind: 'permanent' }],
  [new providers.AuthenticationError('x'), { kind: 'permanent' }],
  [new providers.InsufficientCreditsError('x'), { kind: 'permanent' }],
  [new providers.ContentPolicyError('x'), { kind: 'permanent' }],
  [new providers.SubmissionUncertain('x'), { kind: 'permanent' }],
  [new providers.UnsupportedAction('p', 'img2vid', ['txt2img']), { kind: 'permanent' }],
  [new providers.DownloadError('x'), { kind: 'retry' }],
  [new providers.DownloadError('x', { permanent: true }), { kind: 'permanent' }],
])('the worker understands %s', (error, verdict) => {
  expect(verdictOf(error)).toEqual(verdict);
  expect(error).toBeInstanceOf(providers.GenerationError);
  expect(error.name).toBe(error.constructor.name);
});
