// What errors of requests mean to a person: what to say, and whether the same may work in a moment. Pure.
import { Problem, Unreachable } from '../../client/index.ts';

/** One sentence for whoever looks at the page. */
export function errorText(error: unknown): string {
  if (isUnheard(error)) return 'The server does not answer. It may be restarting; this page keeps trying.';
  const isKnown = error instanceof Problem || error instanceof Unreachable;
  return isKnown ? error.message : 'Something went wrong in this page.';
}

/** No answer came. Somebody else's answer is one. */
export function isUnheard(error: unknown): error is Unreachable {
  return error instanceof Unreachable && error.why !== 'stranger';
}

/** Whether the same request may work later: nobody was heard, or the trouble was the server's own. */
export function mayPass(error: unknown): boolean {
  return error instanceof Problem ? error.status >= 500 : error instanceof Unreachable;
}

/** There is no such thing (any more). */
export function isMissing(error: unknown): boolean {
  return error instanceof Problem && error.status === 404;
}
