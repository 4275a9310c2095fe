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

/** The refusals of each status, by the name under which routes refer to them. */
export function problemResponses(): Record<string, object> {
  const kinds = Object.entries(problemKinds);
  // 405 belongs to no operation, and every operation has all of 5XX.
  const statuses = new Set(
    kinds.map(([, [status]]) => status).filter(status => status < 500 && status !== 405),
  );
  const entries = [...statuses].map(status => {
    const some = kinds.filter(([, [other]]) => other === status).map(([kind]) => `\`${kind}\``);
    return [`Problem${status}`, problemResponse(some.join(', '))] as const;
  });
  const rest = problemResponse('Trouble of the server, such as `database-unavailable`: try again');
  return Object.fromEntries([...entries, ['Problem5XX', rest]]);
}

const problemResponse = (description: string): object => ({
  description,
  content: { 'application/problem+json': { schema: refTo('Problem') } },
});

/** The responses that a route says itself. */
export function answersOf(answers: Readonly<Record<number, Answer>>): Record<string, object> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [status, describeAnswer(answer)]),
  );
}

function describeAnswer({ description, schema, type, headers = [] }: Answer): object {
  const headerOf = (name: HeaderName) => [
    name,
    { description: headerWords[name], schema: { type: 'string' } },
  ];
  return {
    description,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers.map(headerOf)) }),
    ...(schema && { content: { 'application/json': { schema: schemaOf(schema) } } }),
    ...(type !== undefined && { content: { [type]: {} } }),
  };
}

interface Taken {
  /** Statuses that are described already. */
  known: readonly string[];
  named: readonly Status[];
  asksKey: boolean;
  takesBody: boolean;
  takesQuery: boolean;
  /** Under RATE_LIMIT, where there is one. */
  isCounted: boolean;
}

/** The refusals of a route, each as a reference. */
export function refusalsOf(taken: Taken): Record<string, object> {
  const { known, named, asksKey, takesBody, takesQuery, isCounted } = taken;
  const statuses = new Set<Status | '5XX'>(named);
  const also = (applies: boolean, more: readonly Status[]) => {
    if (applies) for (const status of more) statuses.add(status);
  };
  also(asksKey, [401, 403]);
  also(isCounted, [429]);
  also(takesQuery, [422]);
  also(takesBody, [400, 413, 415, 422]);
  statuses.add('5XX');
  const missing = [...statuses].filter(status => !known.includes(String(status)));
  return Object.fromEntries(
    missing.map(status => [status, { $ref: `#/components/responses/Problem${status}` }]),
  );
}
