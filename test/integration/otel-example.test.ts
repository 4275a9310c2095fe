// The example of an SDK: a worker that is started with it tells a collector its spans, also those of threads and of its last second.
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { json } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { enqueueTask, openQueue } from '../../queue/index.ts';
import { testDatabase, testUri } from '../helpers/mongo.ts';
import { spawnNode } from '../helpers/processes.ts';
import { waitFor } from '../helpers/wait.ts';
import { taskEnd } from '../worker/start.ts';
import { emptyDirectory } from './worker-process.ts';

const root = resolve(import.meta.dirname, '../..');

interface Told {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  links?: { traceId: string }[];
}

/** A collector that keeps what it is told. */
async function startCollector(): Promise<{ url: string; spans: Told[] }> {
  const spans: Told[] = [];
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { resourceSpans } = (await json(request)) as {
      resourceSpans: { scopeSpans: { spans: Told[] }[] }[];
    };
    spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(scope => scope.spans)));
    response.setHeader('content-type', 'application/json').end('{}');
  }
  const server = createServer((request, response) => void take(request, response));
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans };
}

const actors = `
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
const { trace } = createRequire(${JSON.stringify(join(root, 'index.ts'))})('@opentelemetry/api');
async function execute() {
  await pause(1);
  trace.getTracer('mine').startSpan('inside').end();
}
export default [{ name: 'here', execute }, { name: 'apart', execute, isolated: true }];
`;

test('the example hands a collector the spans of attempts and of what actors do, before the worker ends', async () => {
  const { url, spans } = await startCollector();
  const db = await testDatabase();
  const queue = await openQueue(db);
  const module = join(await emptyDirectory(), 'actors.mjs');
  await writeFile(module, actors);
  const imports = [import.meta.resolve('tsx'), join(root, 'examples/otel.mjs')];
  const worker = spawnNode([...imports.flatMap(path => ['--import', path]), join(root, 'worker/main.ts')], {
    env: {
      MONGODB_URI: Object.assign(new URL(testUri()), { pathname: `/${db.databaseName}` }).href,
      CALLSHEET_ACTORS: module,
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
    },
  });
  onTestFinished(() => void worker.kill('SIGKILL'));
  await worker.waitForLine(entry => entry.msg === 'worker started');
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  for (const actor of ['here', 'apart']) {
    const { task_id } = await enqueueTask(queue, { actor, payload: {} }, { traceparent });
    expect(await taskEnd(queue, task_id, 20_000)).toMatchObject({ status: 'completed' });
  }
  worker.kill('SIGTERM');
  expect(await worker.exited).toMatchObject({ code: 0 });
  await waitFor(() => spans.length >= 4, {
    description: () => JSON.stringify(spans.map(({ name }) => name)),
  });
  for (const actor of ['here', 'apart']) {
    const attempt = spans.find(({ name }) => name === `attempt ${actor}`)!;
    expect(attempt.links).toMatchObject([{ traceId: '0af7651916cd43dd8448eb211c80319c' }]);
    const { traceId, spanId: parentSpanId } = attempt;
    expect(spans).toContainEqual(expect.objectContaining({ name: 'inside', traceId, parentSpanId }));
  }
});
