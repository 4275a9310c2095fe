// Every operation driven with what its description allows, and with what it does not: whatever comes, an answer is one of
// those that are described, no answer is a 500, and every refusal is a problem. FUZZ_SEED repeats a run.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type ApiDocument,
  answerOf,
  bodyCheck,
  type CheckBody,
  type Described,
  documentOf,
  operationsOf,
} from './document.ts';
import { type Asked, requestsOf } from './requests.ts';
import { openStage, type Stage } from './stage.ts';

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
  const property = fc.asyncProperty(requestsOf({ api, s, path, said: told }), asked =>
    judge(method.toUpperCase(), told, asked),
  );
  await fc.assert(property, {
    seed,
    numRuns: runs(),
    interruptAfterTimeLimit: 500,
    markInterruptAsFailure: false,
  });
});
