// What can go wrong with a request: the server refuses it, or nobody answers.

export interface FieldProblem {
  /** JSON Pointer from the root of the body, or `/` and a parameter's name. */
  pointer: string;
  detail: string;
}

/** A problem document (RFC 9457), as far as the answer was one. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** The id of the request, which the log of the server has too. */
  instance: string;
  errors?: readonly FieldProblem[];
}

/** The server refused the request, or could not do it. */
export class Problem extends Error implements ProblemBody {
  override name = 'Problem';
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  /** Each wrong field, of a 422. */
  readonly errors: readonly FieldProblem[];
  /** Milliseconds that the server asks one to wait; null where it says nothing of that. */
  readonly retryAfterMs: number | null;

  constructor(body: ProblemBody, retryAfterMs: number | null = null) {
    super(body.detail || body.title);
    this.type = body.type;
    this.title = body.title;
    this.status = body.status;
    this.detail = body.detail;
    this.instance = body.instance;
    this.errors = body.errors ?? [];
    this.retryAfterMs = retryAfterMs;
  }

  /** The last part of `type`, such as `unknown-actor`. */
  get kind(): string {
    return this.type.slice(Math.max(this.type.lastIndexOf('/'), this.type.lastIndexOf(':')) + 1);
  }
}

/** Why nothing is heard: nobody there, nobody in time, somebody who is not Callsheet, or a stream that did not come back. */
export type Unheard = 'no-answer' | 'timeout' | 'stranger' | 'broken';

/** No answer of a Callsheet server came; whether the request was carried out is not known. */
export class Unreachable extends Error {
  override name = 'Unreachable';
  readonly why: Unheard;
  /** The address that was asked. */
  readonly url: string;

  constructor(why: Unheard, url: string, message: string, options: ErrorOptions = {}) {
    super(message, options);
    this.why = why;
    this.url = url;
  }
}
