// Requests made of the description of an operation, for tests that send anything.
import fc, { type Arbitrary } from 'fast-check';
import { anyJson, mostly, valuesOf } from './arbitrary.ts';
import type { ApiDocument, Described, Parameter } from './document.ts';
import { picture, type Stage } from './stage.ts';

export interface Asked {
  path: string;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer> | undefined;
}

interface Operation {
  api: ApiDocument;
  s: Stage;
  path: string;
  said: Described;
}

const oddPart = fc.constantFrom(
  '%00',
  '%ff',
  '..%2f..',
  'tq_',
  '$where',
  '__proto__',
  '%F0%9F%92%A5',
  'a'.repeat(300),
);

/** Ids of things that are there, by the operation's path, and rubbish. */
function partOf(s: Stage, path: string, name: string): Arbitrary<string> {
  const there: [RegExp, string][] = [
    [/^\/api\/(?:task|v1\/jobs|v1\/admin)/, s.job_id],
    [/schedules/, s.schedule_id],
    [/contents/, s.content_id],
    [/generations/, s.metadata_id],
    [/artifacts/, s.artifact_id],
    [/v1\/workers/, name === 'task_id' ? s.task_id : s.worker.worker_id],
    [/media/, name === 'file' ? `${s.content_id}.png` : 'run'],
    [/lanes/, 'any%23all'],
    [/rooms/, name === 'full_name' ? s.full_name : 'lab'],
    [/(?:actors|v1\/tasks)/, 'sleep'],
    [/^\/docs/, 'docs.css'],
    [/workflow/, name === 'run' ? 'run' : 'i1'],
  ];
  const known = there.find(([pattern]) => pattern.test(path))?.[1] ?? 'x';
  return fc.oneof({ weight: 5, arbitrary: fc.constant(known) }, { weight: 1, arbitrary: oddPart });
}

function queryArbitrary(api: ApiDocument, parameters: readonly Parameter[]): Arbitrary<string> {
  const fields = parameters.map(({ name, required = false, schema }) => {
    const value = valuesOf(api, schema, 5).map(one => [one].flat().map(part => [name, text(part)] as const));
    return required ? value : fc.oneof(fc.constant([]), value);
  });
  const unknown = mostly<(readonly [string, string])[]>(fc.constant([]), fc.constant([['nobody', '1']]));
  return fc.tuple(...fields, unknown).map(said => {
    const query = new URLSearchParams(said.flat().map(([name, value]): [string, string] => [name, value]));
    return query.size > 0 ? `?${query.toString()}` : '';
  });
}

const text = (value: unknown): string =>
  (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed();
const bytesOf = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);

function bodyArbitrary(
  api: ApiDocument,
  { requestBody }: Described,
): Arbitrary<{ type: string; body: Uint8Array<ArrayBuffer> } | undefined> {
  if (!requestBody) return fc.constant(undefined);
  const [[type, { schema }] = ['', {}]] = Object.entries(requestBody.content);
  const right = schema
    ? valuesOf(api, schema).map(value => ({ type, body: bytesOf(JSON.stringify(value)) }))
    : fc.constant({ type: 'image/png', body: new Uint8Array(picture) });
  const broken = fc
    .uint8Array({ maxLength: 40 })
    .map(body => ({ type: 'application/json', body: new Uint8Array(body) }));
  const strange = anyJson.map(value => ({ type: 'application/json', body: bytesOf(JSON.stringify(value)) }));
  const wrongType = fc
    .constantFrom('text/plain', '', 'application/jso')
    .map(other => ({ type: other, body: bytesOf('{}') }));
  return fc.oneof(
    { weight: 20, arbitrary: right },
    { weight: 2, arbitrary: strange },
    { weight: 1, arbitrary: broken },
    { weight: 1, arbitrary: wrongType },
  );
}

/** Requests of an operation: what its description allows, and now and then what it does not. */
export function requestsOf({ api, s, path, said }: Operation): Arbitrary<Asked> {
  const named = said.parameters.filter(parameter => parameter.in === 'path').map(({ name }) => name);
  const query = queryArbitrary(
    api,
    said.parameters.filter(parameter => parameter.in === 'query'),
  );
  const headers = said.parameters.filter(parameter => parameter.in === 'header');
  // Nobody waits here for what nobody does.
  const header = fc.constantFrom(
    '',
    'wait=x',
    'bytes=0-2',
    'bytes=9-1',
    '"x"',
    'W/"1"',
    '5',
    '*',
    'a'.repeat(300),
  );
  const parts = fc.tuple(...named.map(name => partOf(s, path, name)));
  return fc
    .tuple(parts, query, bodyArbitrary(api, said), fc.tuple(...headers.map(() => header)))
    .map(([values, asked, body, given]) => ({
      path: named.reduce((at, name, index) => at.replace(`{${name}}`, values[index]!), path) + asked,
      headers: {
        ...Object.fromEntries(headers.map(({ name }, index) => [name, given[index]!])),
        ...(path.includes('/v1/workers/') && { authorization: `Bearer ${s.worker.token}` }),
        ...(path.endsWith('$execute') && { prefer: 'wait=0' }),
        ...(body?.type && { 'content-type': body.type }),
      },
      body: body?.body,
    }));
}
