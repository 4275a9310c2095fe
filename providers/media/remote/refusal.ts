// What an answer that is not 2xx means: which error, and so whether another try can help, and whether the request can have
// taken effect all the same. Pure.
import {
  AnswerLostError,
  AuthenticationError,
  type GenerationError,
  InsufficientCreditsError,
  InvalidRequestError,
  NotFoundError,
  ProviderUnavailableError,
  RateLimitError,
} from '../errors.ts';

/** The answer of a service that did not do what it was asked. */
export interface Refusal {
  status: number;
  /** What the service says in its own form of errors, fit to be shown; null for anything else, such as a proxy's page. */
  said: string | null;
  /** The body, where it is JSON. */
  body: unknown;
  /** The header Retry-After. */
  retry_after: string | null;
}

interface Asked {
  /** The service as people call it. */
  name: string;
  /** The variables that configure it. */
  variables: { key: string; base_url: string };
}

/** The error that a refusal is. `now` in epoch ms. */
export function errorOf(refusal: Refusal, asked: Asked, now: number): GenerationError {
  const { status } = refusal;
  if (status < 400) return redirected(asked);
  if (status === 429) return rateLimited(refusal, asked, now);
  if (status >= 500) return broken(refusal, asked);
  return refused(refusal, asked);
}

const tail = ({ status, said }: Refusal): string => ` (${status})${said === null ? '.' : `: ${said}`}`;

function refused(refusal: Refusal, { name, variables }: Asked): GenerationError {
  const words = tail(refusal);
  switch (refusal.status) {
    case 401:
      return new AuthenticationError(`${name} does not accept the key in ${variables.key}${words}`);
    case 403:
      return new AuthenticationError(`${name} does not allow this with the key in ${variables.key}${words}`);
    case 402:
      return new InsufficientCreditsError(`The account at ${name} has too little left to pay this${words}`);
    case 404:
    case 410:
      return new NotFoundError(`${name} does not know what was asked for${words}`);
    // A gateway that gave up: the service behind it may have acted.
    case 408:
      return new AnswerLostError(`${name} gave up on the request${words}`);
    case 425:
      return new ProviderUnavailableError(`${name} is not ready yet${words}`);
    default:
      return new InvalidRequestError(`${name} refused the request${words}`);
  }
}

function redirected({ name, variables }: Asked): GenerationError {
  return new InvalidRequestError(
    `${name} answered with a redirect, which is not followed: the key goes nowhere else. Check ${variables.base_url}.`,
  );
}

/** A gateway's own error says nothing of what the service behind it did. */
function broken(refusal: Refusal, { name }: Asked): GenerationError {
  const own = refusal.said !== null && refusal.status !== 502 && refusal.status !== 504;
  const Kind = own ? ProviderUnavailableError : AnswerLostError;
  return new Kind(`${name} is broken just now${tail(refusal)}`);
}

const restMs = { usual: 30_000, least: 1_000, most: 600_000 } as const;

function rateLimited(refusal: Refusal, { name }: Asked, now: number): RateLimitError {
  const asked = restAsked(refusal.retry_after, now) ?? restMs.usual;
  const until = new Date(now + Math.min(Math.max(asked, restMs.least), restMs.most));
  return new RateLimitError(`${name} asks for a rest${tail(refusal)}`, { until });
}

/** Seconds or an HTTP date, as milliseconds from `now`; null when there is none that can be read. */
function restAsked(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : at - now;
}
