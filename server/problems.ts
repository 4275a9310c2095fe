// Every error that this server answers, as RFC 9457 problems: one table of kinds, one mapping from thrown errors.
import { HTTPException } from 'hono/http-exception';
import { MongoDriverError, MongoServerError } from 'mongodb';
import {
  InvalidInput,
  isTransient,
  LostClaim,
  OnceReused,
  ScheduleNotFound,
  SchemaConflict,
  TaskConflict,
  TaskNotFound,
  UnknownActor,
} from '../queue/index.ts';

/** `type` of a problem is this and its kind: a name to compare, not an address to open. */
const problemBase = 'urn:callsheet:problems/';

/** Kind → status, title, and its type where that is not made from the kind. A kind's meaning never changes. */
export const problemKinds = {
  'bad-request': [400, 'The request cannot be understood'],
  'malformed-json': [400, 'The body is not JSON'],
  unauthorized: [401, 'A key is needed'],
  forbidden: [403, 'This is not allowed'],
  'admin-required': [403, 'Forbidden', '/v1/problems/forbidden'],
  'not-found': [404, 'There is nothing here'],
  'unknown-actor': [404, 'No such actor'],
  'unknown-interaction': [404, 'No such interaction'],
  'job-not-found': [404, 'No such job', '/v1/problems/job-not-found'],
  'worker-not-found': [404, 'No such worker', '/v1/problems/worker-not-found'],
  'method-not-allowed': [405, 'Not with this method'],
  conflict: [409, 'The task is in a state that does not allow this'],
  'lost-claim': [409, 'The claim is no longer in force'],
  'task-cancelled': [409, 'The task was cancelled'],
  'invalid-task-transition': [409, 'The task has ended', '/v1/problems/invalid-task-transition'],
  'schema-conflict': [409, 'The job has another schema', '/v1/problems/schema-conflict'],
  'payload-too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'The body is of a kind that is not taken here'],
  'range-not-satisfiable': [416, 'The range lies outside'],
  'rate-limited': [429, 'Too many requests'],
  'headers-too-large': [431, 'The headers are too large'],
  'idempotency-reuse': [422, 'This key belongs to another request'],
  validation: [422, 'Something in the request is wrong'],
  'invalid-room-id': [422, 'This is no name of a room', '/v1/problems/invalid-room-id'],
  'invalid-category': [422, 'This is no category', '/v1/problems/invalid-category'],
  internal: [500, 'Something went wrong in the server'],
  'database-unavailable': [503, 'The database does not answer'],
  'media-unavailable': [503, 'The store of media cannot be read'],
  'no-executor': [503, 'Nobody runs this'],
  'internal-job-not-configured': [503, 'Service Unavailable', '/v1/problems/internal-job-not-configured'],
  'queue-full': [503, 'The backlog is full'],
  'too-many-streams': [503, 'Too many streams are open'],
  stopping: [503, 'The server is stopping'],
} as const satisfies Record<string, readonly [number, string, string?]>;

export type ProblemKind = keyof typeof problemKinds;
export type FieldProblem = { pointer: string; detail: string };

interface ProblemOptions {
  headers?: Record<string, string>;
  errors?: readonly FieldProblem[];
}

/** An answer that is an error. Everything in it is shown to the caller. */
export class Problem extends Error {
  override name = 'Problem';
  readonly kind: ProblemKind;
  readonly headers: Record<string, string>;
  readonly errors: readonly FieldProblem[];
  constructor(kind: ProblemKind, detail: string, { headers = {}, errors = [] }: ProblemOptions = {}) {
    super(detail);
    this.kind = kind;
    this.headers = headers;
    this.errors = errors;
  }
}

/** The body of a problem as it goes over the wire. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: readonly FieldProblem[];
}

const maxErrors = 50;
const maxText = 500;

export function problemBody({ kind, message, errors }: Problem, instance: string): ProblemBody {
  const [status, title, type = problemBase + kind] = problemKinds[kind];
  const body = { type, title, status, detail: clip(message), instance };
  if (errors.length === 0) return body;
  const shown = errors
    .slice(0, maxErrors)
    .map(({ pointer, detail }) => ({ pointer: clip(pointer), detail: clip(detail) }));
  return { ...body, errors: shown };
}

// A key of the request may be a megabyte long; the answer is not. Never cut between the halves of a character.
function clip(text: string): string {
  return text.length <= maxText ? text : `${text.slice(0, maxText).toWellFormed()}…`;
}

/** What an error means to the caller. One that nobody foresaw is `internal` and says nothing of itself. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof InvalidInput) return invalid(error.problems);
  if (error instanceof UnknownActor) return new Problem('unknown-actor', error.message);
  if (error instanceof TaskNotFound || error instanceof ScheduleNotFound)
    return new Problem('not-found', error.message);
  if (error instanceof LostClaim) return new Problem('lost-claim', error.message);
  if (error instanceof OnceReused) return new Problem('idempotency-reuse', error.message);
  if (error instanceof SchemaConflict) return new Problem('schema-conflict', error.message);
  if (error instanceof TaskConflict) return new Problem('conflict', error.message);
  if (isOutage(error))
    return new Problem(
      'database-unavailable',
      'The database does not answer in time; try again in a moment.',
      {
        headers: { 'Retry-After': '5' },
      },
    );
  if (error instanceof HTTPException) return fromFramework(error);
  return new Problem(
    'internal',
    'The server failed at this request. Its log has more under the id in `instance`.',
  );
}

/** A 422 that names each wrong field. */
export function invalid(errors: readonly FieldProblem[]): Problem {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const detail = first
    ? `${first.pointer || 'The request'} ${first.detail}${more}`
    : 'The request is not valid.';
  return new Problem('validation', detail, { errors });
}

function isOutage(error: unknown): boolean {
  if (isTransient(error)) return true;
  // 50: the database took longer than a read may take. The driver's own: no connection, or none free in time.
  if (error instanceof MongoServerError) return error.code === 50;
  return (
    error instanceof MongoDriverError &&
    /WaitQueue|NotConnected|TopologyClosed|ClientClosed|Expired/.test(error.name)
  );
}

const kindOfStatus: Partial<Record<number, ProblemKind>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  409: 'conflict',
  413: 'payload-too-large',
  415: 'unsupported-media-type',
  422: 'validation',
};

function fromFramework(error: HTTPException): Problem {
  if (error.status >= 500) return new Problem('internal', 'The server failed at this request.');
  const kind = kindOfStatus[error.status] ?? 'bad-request';
  const said = error.res?.headers.get('WWW-Authenticate');
  return new Problem(
    kind,
    `${problemKinds[kind][1]}.`,
    said ? { headers: { 'WWW-Authenticate': said } } : {},
  );
}
