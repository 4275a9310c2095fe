// The answers of a described route: those it says itself, and the refusals that follow from what it takes.
import type { z } from 'zod';
import { problemKinds } from '../problems.ts';
import { refTo, schemaOf } from './schema.ts';

const headerWords = {
  Location: 'Where the task or record is',
  'Retry-After': 'Seconds to wait before asking again',
  Link: 'The next page, as `rel="next"`',
  ETag: 'Send it back as `If-None-Match`',
  Deduplicated: '`true`: a live task has this `dedupe_key` already, and this is it',
  'Idempotent-Replayed': '`true`: this key was used before with the same body, and this is what it made',
  'Preference-Applied': 'The `wait` that was honoured',
  'Accept-Ranges': '`bytes`',
  'Content-Range': 'Which bytes these are',
  'WWW-Authenticate': 'How to say who asks',
} as const;

type HeaderName = keyof typeof headerWords;

export interface Answer {
  description: string;
  /** Of the JSON body; none: the body is empty, or of another `type`. */
  schema?: z.ZodType;
  /** Media type where it is not JSON. */
  type?: string;
  headers?: readonly HeaderName[];
}

/** A status of refusals; each has its answer once under `components`. */
export type Status = (typeof problemKinds)[keyof typeof problemKinds][0];

/** Headers that come with the refusals of a status. */
const refusalHeaders: Partial<Record<Status, readonly HeaderName[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

/** The refusals of each status, by the name under which routes refer to them. */
export function problemResponses(): Record<string, object> {
  const kinds = Object.entries(problemKinds);
  // 405 belongs to no operation, and 500 to the class that every operation has.
  const statuses = new Set(
    kinds.map(([, [status]]) => status).filter(status => ![405, 500].includes(status)),
  );
  const entries = [...statuses].map(status => {
    const some = kinds.filter(([, [other]]) => other === status).map(([kind]) => `\`${kind}\``);
    return [`Problem${status}`, problemResponse(some.join(', '), refusalHeaders[status])] as const;
  });
  return Object.fromEntries([
    ...entries,
    ['Problem5XX', problemResponse('Trouble of the server: try again')],
  ]);
}

const problemResponse = (description: string, headers: readonly HeaderName[] = []): object => ({
  description,
  ...describeHeaders(headers),
  content: { 'application/problem+json': { schema: refTo('Problem') } },
});

/** The responses that a route says itself. */
export function answersOf(answers: Readonly<Record<number, Answer>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [status, describeAnswer(answer)]),
  );
}

function describeAnswer({ description, schema, type, headers = [] }: Answer): object {
  return {
    description,
    ...describeHeaders(headers),
    ...(schema && { content: { 'application/json': { schema: schemaOf(schema) } } }),
    ...(type !== undefined && { content: { [type]: {} } }),
  };
}

function describeHeaders(names: readonly HeaderName[]): { headers?: object } {
  const all = names.map(name => [name, { description: headerWords[name], schema: { type: 'string' } }]);
  return names.length > 0 ? { headers: Object.fromEntries(all) } : {};
}

interface Taken {
  /** Statuses that are described already. */
  known: readonly string[];
  named: readonly Status[];
  asksKey: boolean;
  takesBody: boolean;
  takesQuery: boolean;
  /** It changes something: too large a body is refused, also where none is read. */
  changes: boolean;
  /** Under RATE_LIMIT, where there is one. */
  isCounted: boolean;
  asksDatabase: boolean;
}

// A request that cannot be read, one of another site or to a name that is not this machine's, and headers beyond what node takes.
const everywhere: readonly Status[] = [400, 403, 431];

/** The refusals of a route, each as a reference. */
export function refusalsOf(taken: Taken): Record<string, object> {
  const { known, named, asksKey, takesBody, takesQuery, changes, isCounted, asksDatabase } = taken;
  const statuses = new Set<Status | '5XX'>([...everywhere, ...named]);
  const also = (applies: boolean, ...more: readonly Status[]) => {
    if (applies) for (const status of more) statuses.add(status);
  };
  also(asksKey, 401);
  also(changes, 413);
  also(takesBody, 415, 422);
  also(takesQuery, 422);
  also(isCounted, 429);
  also(asksDatabase, 503);
  statuses.add('5XX');
  const missing = [...statuses].filter(status => !known.includes(String(status)));
  return Object.fromEntries(
    missing.map(status => [status, { $ref: `#/components/responses/Problem${status}` }]),
  );
}
