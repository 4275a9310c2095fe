// Following an outside job to its end: how often it is looked at, what is ridden out, and what becomes of it on an abort.
import { expect, test } from 'vitest';
import {
  AnswerLostError,
  AuthenticationError,
  GenerationError,
  type GenerationRequest,
  NotFoundError,
  ProviderUnavailableError,
  RateLimitError,
} from '../../providers/index.ts';
import type { Clock } from '../../providers/media/remote/clock.ts';
import { type JobSteps, runJob } from '../../providers/media/remote/job.ts';
import type { Look } from '../../providers/media/remote/poll.ts';
import { Cancelled, Shutdown, SoftTimeout, verdictOf } from '../../worker/actors/errors.ts';
import { failureOf } from './attempt.ts';
import { requestFor } from './request.ts';
import { quickClock } from './standins/stage.ts';

const pending: Look<string> = { state: 'pending', message: 'at work' };
const done: Look<string> = { state: 'done', done: 'pictures' };

const minuteMs = 60_000;

/** A job that was accepted; each look finds the next of `looks`, or throws it; the last one stays. */
function setup(
  looks: (Look<string> | Error)[],
  steps: Partial<JobSteps<string, string>> = {},
  rest: Partial<GenerationRequest> = {},
) {
  const clock = quickClock();
  const waits: number[] = [];
  const noted: Clock = {
    ...clock,
    wait(ms, signal) {
      waits.push(ms);
      return clock.wait(ms, signal);
    },
  };
  const controller = new AbortController();
  const request = requestFor(
    'Red fox',
    {},
    { signal: controller.signal, resume: { external_id: 'job-1' }, ...rest },
  );
  let looked = 0;
  const job: JobSteps<string, string> = {
    name: 'Ours',
    mark: null,
    prepare: async () => 'body',
    submit: async () => ({ external_id: 'job-1' }),
    look: async () => {
      const found = looks[Math.min(looked++, looks.length - 1)];
      if (!found || found instanceof Error) throw found;
      return found;
    },
    deadlineMs: 10 * minuteMs,
    ...steps,
  };
  const run = () => runJob(request, job, noted);
  return { request, waits, controller, clock, noted, run };
}

test('it is looked at at once, then after 2 s, and ever less often up to 10 s', async () => {
  const { waits, run } = setup([...Array(8).fill(pending), done]);
  expect(await run()).toEqual({ accepted: { external_id: 'job-1' }, done: 'pictures' });
  expect(waits).toEqual([2_000, 3_000, 4_500, 6_750, 10_000, 10_000, 10_000, 10_000]);
});

test('the pauses are spread by chance, a fifth to either side', async () => {
  const { waits, noted, run } = setup([pending, pending, done]);
  const numbers = [0, 1];
  noted.random = () => numbers.shift() ?? 0.5;
  await run();
  expect(waits.map(ms => Math.round(ms))).toEqual([1_600, 3_600]);
});

test('how far it is is told, with the time since this attempt began', async () => {
  const { request, run } = setup([{ ...pending, fraction: 0.25 }, { ...pending, fraction: 0.5 }, done]);
  await run();
  expect(request.said).toEqual([
    { elapsed_ms: 0, message: 'at work', fraction: 0.25 },
    { elapsed_ms: 2_000, message: 'at work', fraction: 0.5 },
  ]);
});

test.each([
  new ProviderUnavailableError('500'),
  new AnswerLostError('a reset'),
  new NotFoundError('not known yet'),
])('a look that fails (%s) does not fail a paid job', async error => {
  const { request, run } = setup([error, pending, error, done]);
  await run();
  expect(request.said[0]?.message).toBe('Ours does not say how far it is; looking again');
  expect(request.states).toEqual([]);
});

test.each([
  [30_000, 30_000],
  [3_600_000, 60_000],
  [0, 2_000],
])('a rest of %d ms that is asked for is a pause of %d ms', async (ms, pauseMs) => {
  const until = new Date(quickClock().now() + ms);
  const { request, waits, run } = setup([new RateLimitError('429', { until }), done]);
  await run();
  expect(waits).toEqual([pauseMs]);
  expect(request.said[0]?.message).toBe('Ours asks for a rest');
});

test('a job that stays unknown for a minute is gone', async () => {
  const { clock, run } = setup([new NotFoundError('never heard of it')]);
  const began = clock.now();
  const error = await failureOf(run());
  expect(error).toMatchObject({ name: 'NotFoundError' });
  expect(clock.now() - began).toBeLessThan(2 * minuteMs);
});

test('any other error ends the wait, and the job stays known', async () => {
  const { request, run } = setup([pending, new AuthenticationError('no longer')]);
  expect(await failureOf(run())).toMatchObject({ name: 'AuthenticationError' });
  expect(request.states).toEqual([]);
});

test('at the deadline the attempt ends, and another one goes on with the job', async () => {
  const { request, clock, run } = setup([pending]);
  const began = clock.now();
  const error = await failureOf(run());
  expect(error).toMatchObject({
    name: 'GenerationTimeoutError',
    message: expect.stringContaining('within 10 minutes'),
  });
  expect(verdictOf(error)).toEqual({ kind: 'retry' });
  expect(clock.now() - began).toBe(10 * minuteMs);
  expect(request.states).toEqual([]);
});

test('a job that failed is forgotten, so that another attempt begins a new one', async () => {
  const error = new GenerationError('it failed');
  const { request, run } = setup([pending, { state: 'failed', error }]);
  expect(await failureOf(run())).toBe(error);
  expect(request.states).toEqual([null]);
});

const ends = [
  [new Cancelled(), ['job-1'], [null]],
  [new Shutdown(), [], []],
  [new SoftTimeout(1), [], []],
] as const;

test.each(ends)('%s: the jobs that are cancelled are %j', async (reason, cancelled, states) => {
  const calls: string[] = [];
  const cancel = async (id: string) => void calls.push(id);
  const { request, controller, run } = setup([pending], {
    cancel,
    look: async () => (controller.abort(reason), pending),
  });
  expect(await failureOf(run())).toBe(reason);
  expect(calls).toEqual(cancelled);
  expect(request.states).toEqual(states);
});

test('a job that cannot be cancelled stays known, and the task is cancelled all the same', async () => {
  const cancel = async () => {
    throw new ProviderUnavailableError('just now');
  };
  const { request, controller, run } = setup([pending], {
    cancel,
    look: async () => (controller.abort(new Cancelled()), pending),
  });
  expect(await failureOf(run())).toBeInstanceOf(Cancelled);
  expect(request.states).toEqual([]);
});

test('a look in the middle of an abort ends with the reason, whatever it throws', async () => {
  const { controller, run } = setup([pending], {
    look: async () => {
      controller.abort(new Shutdown());
      throw new ProviderUnavailableError('aborted');
    },
  });
  expect(await failureOf(run())).toBeInstanceOf(Shutdown);
});
