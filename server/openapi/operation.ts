// How a route is described, and what that is in OpenAPI. What each route takes and answers is in paths/.
import type { z } from 'zod';
import type { Scope } from '../auth/keys.ts';
import { needOf } from '../auth/scopes.ts';
import { type Answer, answersOf, refusalsOf, type Status } from './answers.ts';
import { type JsonSchema, schemaOf } from './schema.ts';

export interface Operation {
  /** Its name for programs that write clients: a verb and what it acts on. */
  id: string;
  summary: string;
  description?: string;
  /** The schema by which the route reads its query. */
  query?: z.ZodObject;
  /** Headers that mean something here. */
  headers?: Readonly<Record<string, string>>;
  /** The schema by which the route reads its body, or the kind of bytes that it takes. */
  body?: z.ZodType | { type: string };
  answers: Readonly<Record<number, Answer>>;
  /** Statuses of refusals beyond those that every such route has. */
  problems?: readonly Status[];
  /** It answers without the database, and whoever else asks. */
  needsNothing?: true;
  /** Other paths of the same route, not listed by themselves. */
  aliases?: readonly string[];
}

/** A header of every request that makes tasks. */
export const onceHeader = {
  'Idempotency-Key':
    'At most 255 characters: asked again with the same key and body, the request answers with what it made the first time',
};

/** The operations of one resource, by `METHOD /path/:parameter`, written as in the route. */
export interface Resource {
  tag: string;
  description: string;
  operations: Readonly<Record<string, Operation>>;
}

/** `/api/task/:id` as OpenAPI writes it. */
export const openPath = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');

/** The operation object of a route. */
export function describeOperation(route: string, operation: Operation, tag: string): object {
  const [method = '', path = ''] = route.split(' ');
  const need = needOf(method, path.replaceAll(/:\w+/g, 'x'));
  const { id, summary, description, body, answers, problems, needsNothing = false } = operation;
  const refusals = refusalsOf({
    known: Object.keys(answers),
    named: problems ?? [],
    asksKey: need !== 'open',
    takesBody: body !== undefined,
    changes: method !== 'GET',
    isCounted: method === 'POST' && need !== 'own',
    asksDatabase: !needsNothing,
    takesQuery: path.startsWith('/api/') || path.startsWith('/v1/'),
  });
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    parameters: [...pathParameters(path), ...queryParameters(operation), ...headerParameters(operation)],
    ...(body && { requestBody: { required: true, content: describeBody(body) } }),
    responses: { ...answersOf(answers), ...refusals },
    security: securityOf(need),
  };
}

function securityOf(need: Scope | 'open' | 'own'): object[] {
  if (need === 'open') return [];
  return need === 'own' ? [{ worker_token: [] }] : [{ key: [need] }, { session: [need] }];
}

const words: Record<string, string> = {
  id: 'The id, as answers name it',
  name: 'The name',
  run: 'The `workflow_run_id`',
  file: 'An id and its extension, such as `gc_….png`',
  key: 'The `concurrency_identifier`',
  room: 'A room, `@global` or `@internal`',
  full_name: 'The full name of a job, `scope:category:name`',
};

function pathParameters(path: string): object[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => {
    const description = words[name] ?? `The \`${name}\``;
    return { name, in: 'path', required: true, description, schema: { type: 'string', minLength: 1 } };
  });
}

function queryParameters({ query }: Operation): object[] {
  if (!query) return [];
  const { properties = {}, required = [] } = schemaOf(query) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    ...(description !== undefined && { description }),
    schema,
  }));
}

function headerParameters({ headers = {} }: Operation): object[] {
  const schema = { type: 'string' };
  return Object.entries(headers).map(([name, description]) => ({ name, in: 'header', description, schema }));
}

function describeBody(body: z.ZodType | { type: string }): object {
  if ('_zod' in body) return { 'application/json': { schema: schemaOf(body) } };
  return { [body.type]: {} };
}
