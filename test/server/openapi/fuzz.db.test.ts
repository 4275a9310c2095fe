// Every operation driven with what its description allows, and with what it does not: whatever comes, an answer is one of
// those that are described, no answer is a 500, and every refusal is a problem. FUZZ_SEED repeats a run.
import fc, { type Arbitrary } from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { anyJson, mostly, valuesOf } from './arbitrary.ts';
import {
  type ApiDocument,
  answerOf,
  bodyCheck,
  type CheckBody,
  type Described,
  documentOf,
  operationsOf,
  type Parameter,
} from './document.ts';
import { openStage, picture, type Stage } from './stage.ts';

let s: Stage;
let api: ApiDocument;
let check: CheckBody;
let began: number;
beforeAll(async () => {
  s = await openStage();
  api = (await (await s.call('GET', '/openapi.json')).json()) as ApiDocument;
  check = bodyCheck(api);
  began = performance.now();
});

const counts = new Map<number, number>();
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
afterAll(() => {
  console.log(
    `fuzz of the described operations, FUZZ_SEED=${seed}: ${JSON.stringify(Object.fromEntries(counts))}`,
  );
  // It would prove little if nothing came through.
  for (const status of [200, 404, 422]) expect(counts.get(status), String(status)).toBeGreaterThan(0);
});

interface Asked {
  path: string;
  headers: Record<string, string>;
  body: Uint8Array<ArrayBuffer> | undefined;
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
function partOf(path: string, name: string): Arbitrary<string> {
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

function queryArbitrary(parameters: readonly Parameter[]): Arbitrary<string> {
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

function bodyArbitrary({
  requestBody,
}: Described): Arbitrary<{ type: string; body: Uint8Array<ArrayBuffer> } | undefined> {
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

function requestArbitrary(path: string, said: Described): Arbitrary<Asked> {
  const named = said.parameters.filter(parameter => parameter.in === 'path').map(({ name }) => name);
  const query = queryArbitrary(said.parameters.filter(parameter => parameter.in === 'query'));
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
  const parts = fc.tuple(...named.map(name => partOf(path, name)));
  return fc
    .tuple(parts, query, bodyArbitrary(said), fc.tuple(...headers.map(() => header)))
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

async function judge(method: string, said: Described, { path, headers, body }: Asked): Promise<void> {
  const answer = await s.app.request(path, { method, headers, ...(body && { body }) });
  counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
  const type = answer.headers.get('content-type')?.split(';')[0] ?? '';
  if (type === 'text/event-stream') {
    await answer.body?.cancel();
    return;
  }
  const sent = await answer.text();
  const about = `${method} ${path} → ${answer.status} ${sent.slice(0, 500)}`;
  const described = answerOf(api, said, answer.status);
  expect(answer.status, about).not.toBe(500);
  expect(described, about).toBeDefined();
  if (answer.status >= 400) expect(type, about).toBe('application/problem+json');
  const schema = described?.[type]?.schema;
  if (schema) expect(check(schema, JSON.parse(sent)), about).toBeNull();
}

const described = [...operationsOf(documentOf([]))];
// Each run begins elsewhere: on a machine that has much else to do the last ones are judged by a few requests only.
const first = seed % described.length;
const all = [...described.slice(first), ...described.slice(0, first)];
const runs = () => (performance.now() - began < 10_000 ? 60 : 3);

test.each(all)('%s takes anything', async (id, { method, path, said }) => {
  // The one of the document with actors.
  const told = operationsOf(api).get(id)?.said ?? said;
  const property = fc.asyncProperty(requestArbitrary(path, told), asked =>
    judge(method.toUpperCase(), told, asked),
  );
  await fc.assert(property, {
    seed,
    numRuns: runs(),
    interruptAfterTimeLimit: 500,
    markInterruptAsFailure: false,
  });
});
