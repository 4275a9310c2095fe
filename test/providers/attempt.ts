// Attempts at paid jobs: how they fail, and why they are stopped.
import { expect } from 'vitest';
import type { GenerationRequest } from '../../providers/index.ts';
import { requestFor } from './request.ts';

/** A request whose words do not matter. */
export const attempt = (params: Record<string, unknown> = {}, rest: Partial<GenerationRequest> = {}) =>
  requestFor('Red fox', params, rest);

/** The error of a work that must fail. */
export const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable('it should have failed'),
    (error: unknown) => error,
  );

/** The reason with which a worker stops the attempts of a cancelled task. */
export const cancelled = (): Error => Object.assign(new Error('cancelled on request'), { name: 'Cancelled' });
