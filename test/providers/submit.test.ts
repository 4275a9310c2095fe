// One paid job per task: what is kept before and after the submit, and what happens when its answer is lost.
import { expect, test } from 'vitest';
import {
  AnswerLostError,
  AuthenticationError,
  type GenerationRequest,
  ProviderUnavailableError,
  RateLimitError,
  type Submission,
} from '../../providers/index.ts';
import type { Clock } from '../../providers/media/remote/clock.ts';
import { type Accepted, type SubmitSteps, submitOnce } from '../../providers/media/remote/submit.ts';
import { Cancelled, Shutdown, verdictOf } from '../../worker/actors/errors.ts';
import { failureOf } from './attempt.ts';
import { requestFor } from './request.ts';
import { quickClock } from './standins/stage.ts';

const accepted: Accepted = { external_id: 'job-1', cost: { amount: 2, unit: 'CREDITS' } };
const submitting = { since: '2026-01-01T00:00:00.000Z', mark: 7 };

/** Steps that write down when they are taken, on one list with the checkpoints. */
function setup(
  steps: Partial<SubmitSteps<string>> = {},
  rest: Partial<GenerationRequest> = {},
  clock: Clock = quickClock(),
) {
  const took: unknown[] = [];
  const controller = new AbortController();
  const request = requestFor(
    'Red fox',
    {},
    { signal: controller.signal, checkpoint: async state => void took.push(state), ...rest },
  );
  const noted = {
    name: 'Ours',
    mark: 7,
    prepare: async () => (took.push('prepare'), 'body'),
    submit: async () => (took.push('submit'), accepted),
    ...steps,
  };
  return { took, controller, run: () => submitOnce(request, noted, clock) };
}

const failing = (error: unknown) => async () => {
  throw error;
};
const lost = () => new AnswerLostError('the connection broke');

test('it is written down that a job is submitted before it is, and its id right after', async () => {
  const { took, run } = setup();
  expect(await run()).toBe(accepted);
  expect(took).toEqual(['prepare', { submitting }, 'submit', accepted]);
});

test('a job that was accepted is gone on with, nothing is submitted', async () => {
  const { took, run } = setup({}, { resume: accepted });
  expect(await run()).toBe(accepted);
  expect(took).toEqual([]);
});

test('what cannot be written down is not submitted', async () => {
  const { took, run } = setup({}, { checkpoint: failing(new Error('no database')) });
  await expect(run()).rejects.toThrow('no database');
  expect(took).toEqual(['prepare']);
});

test('when the preparation fails nothing was begun', async () => {
  const { took, run } = setup({ prepare: failing(new Error('no upload')) });
  await expect(run()).rejects.toThrow('no upload');
  expect(took).toEqual([]);
});

const until = new Date();

test.each([
  new AuthenticationError('no'),
  new RateLimitError('slow', { until }),
  new ProviderUnavailableError('nobody listens'),
])('a refusal (%s) is forgotten, so that another attempt submits', async error => {
  const { took, run } = setup({ submit: failing(error), find: failing('must not be looked for') });
  expect(await failureOf(run())).toBe(error);
  expect(took).toEqual(['prepare', { submitting }, null]);
});

test.each([lost(), new TypeError('a bug after the request was sent')])(
  'after %s the job is looked for, and found',
  async error => {
    const looked: unknown[] = [];
    const find = async (what: unknown) => (looked.push(what), looked.length < 3 ? null : accepted);
    const { took, run } = setup({ submit: failing(error), find });
    expect(await run()).toBe(accepted);
    expect(looked).toEqual([submitting, submitting, submitting]);
    expect(took).toEqual(['prepare', { submitting }, accepted]);
  },
);

test.each([
  ['not found', async () => null, 'not in the list'],
  ['nowhere to be looked for', undefined, 'no list to look in'],
])(
  'a lost job that is %s is uncertain for good, and stays written down as it was',
  async (_n, find, words) => {
    const cause = lost();
    const { took, run } = setup({ submit: failing(cause), ...(find && { find }) });
    const error = await failureOf(run());
    expect(error).toMatchObject({
      name: 'SubmissionUncertain',
      message: expect.stringContaining(words),
      cause,
    });
    expect(verdictOf(error)).toEqual({ kind: 'permanent' });
    expect(took).toEqual(['prepare', { submitting }]);
  },
);

test('an attempt that finds a submit without its end looks for the job, and never submits', async () => {
  const found = setup({ find: async () => accepted }, { resume: { submitting } });
  expect(await found.run()).toBe(accepted);
  expect(found.took).toEqual([accepted]);
  const missing = setup({ find: async () => null }, { resume: { submitting } });
  expect(await failureOf(missing.run())).toMatchObject({
    name: 'SubmissionUncertain',
    message: expect.stringContaining(submitting.since),
  });
  expect(missing.took).toEqual([]);
});

test('a look that fails says nothing: its error is thrown and the next attempt looks again', async () => {
  const broken = new ProviderUnavailableError('just now');
  const resumed = setup({ find: failing(broken) }, { resume: { submitting } });
  expect(await failureOf(resumed.run())).toBe(broken);
  expect(resumed.took).toEqual([]);
  const fresh = setup({ submit: failing(lost()), find: failing(broken) });
  expect(await failureOf(fresh.run())).toBe(broken);
  expect(fresh.took).toEqual(['prepare', { submitting }]);
});

test('when the id cannot be written down, what stands there still says that it was submitted', async () => {
  const states: (Submission | null)[] = [];
  const checkpoint = async (state: Submission | null) => {
    if (states.push(state) > 1) throw new Error('no database');
  };
  const { run } = setup({}, { checkpoint });
  await expect(run()).rejects.toThrow('no database');
  expect(states).toEqual([{ submitting }, accepted]);
});

test('an abort before the submit leaves nothing behind', async () => {
  const early = setup({ prepare: async () => (early.controller.abort(new Shutdown()), 'body') });
  expect(await failureOf(early.run())).toBeInstanceOf(Shutdown);
  expect(early.took).toEqual([]);
  const states: (Submission | null)[] = [];
  const late = setup(
    {},
    {
      checkpoint: async state => {
        states.push(state);
        late.controller.abort(new Shutdown());
      },
    },
  );
  expect(await failureOf(late.run())).toBeInstanceOf(Shutdown);
  expect(late.took).toEqual(['prepare']);
  expect(states).toEqual([{ submitting }, null]);
});

test('an abort in the middle of the submit waits a while for its answer', async () => {
  const patient: Clock = { ...quickClock(), wait: (_ms, signal) => hang(signal) };
  const submit = async (_: string, signal: AbortSignal) => {
    controller.abort(new Cancelled());
    await Promise.resolve();
    expect(signal.aborted).toBe(false);
    return accepted;
  };
  const { took, controller, run } = setup({ submit }, {}, patient);
  expect(await run()).toBe(accepted);
  expect(took).toEqual(['prepare', { submitting }, accepted]);
});

test('an answer that does not come in that while is lost, and the next attempt looks for it', async () => {
  const submit = (_: string, signal: AbortSignal) => {
    controller.abort(new Shutdown());
    return hang(signal);
  };
  const { took, controller, run } = setup({ submit, find: failing('must not be looked for now') });
  expect(await failureOf(run())).toBeInstanceOf(Shutdown);
  expect(took).toEqual(['prepare', { submitting }]);
});

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
