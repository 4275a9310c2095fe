// Media through real processes that keep them in a folder and in a bucket: a worker makes them, a server gives them out.
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { enqueueTask, openQueue } from '../../queue/index.ts';
import { testDatabase, testUri } from '../helpers/mongo.ts';
import { type Spawned, spawnNode } from '../helpers/processes.ts';
import { startS3, type TestS3 } from '../helpers/s3.ts';
import { taskEnd } from '../worker/start.ts';
import { emptyDirectory, spawnWorker, startedWorker } from './worker-process.ts';

let s3: TestS3;
beforeAll(async () => {
  s3 = await startS3();
});

const main = resolve(import.meta.dirname, '../../server/main.ts');

function spawnServer(env: Record<string, string>): Spawned {
  const server = spawnNode(['--import', import.meta.resolve('tsx'), main], { env: { PORT: '0', ...env } });
  onTestFinished(async () => {
    server.kill('SIGKILL');
    await server.exited;
  });
  return server;
}

async function addressOf(server: Spawned): Promise<string> {
  const line = await server.waitForLine(entry => typeof entry.url === 'string');
  return String(JSON.parse(line).url);
}

const payload = {
  workflow_run_id: 'run',
  provider: 'studio',
  action_type: 'txt2img',
  params: { prompt: 'a lighthouse', width: 256, height: 256, duration_ms: 0 },
};

test.each(['file', 's3'])('with the store %s a picture comes from a worker to a browser', async kind => {
  const db = await testDatabase();
  const folder = await emptyDirectory();
  const CONTENT_STORE = kind === 'file' ? `file:${join(folder, 'media')}` : `s3://${s3.bucket}/live`;
  const url = new URL(testUri());
  url.pathname = `/${db.databaseName}`;
  const env = { MONGODB_URI: url.href, CONTENT_STORE, S3_ENDPOINT: s3.endpoint };
  await startedWorker({ env });
  const queue = await openQueue(db);
  const { task_id } = await enqueueTask(queue, { actor: 'media', payload });
  const task = await taskEnd(queue, task_id, 30_000);
  const { urls } = task.result as { urls: string[] };
  const address = await addressOf(spawnServer(env));
  for (const [query, type] of [
    ['', 'image/png'],
    ['?thumbnail=1', 'image/webp'],
  ] as const) {
    const answer = await fetch(address + urls[0] + query);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, type]);
    expect((await answer.arrayBuffer()).byteLength).toBe(Number(answer.headers.get('content-length')));
  }
  expect(await db.collection('media.files').countDocuments()).toBe(0);
  if (kind === 'file') expect((await readdir(join(folder, 'media'))).length).toBeGreaterThan(0);
  // A server that was told another store says so, and says it of these media only.
  const other = await addressOf(spawnServer({ MONGODB_URI: url.href, CONTENT_STORE: 'gridfs' }));
  expect((await fetch(other + urls[0])).status).toBe(503);
  expect((await fetch(`${other}/api/v1/generations?workflow_run_id=run`)).status).toBe(200);
});

test('a store that cannot be used ends a worker and a server at their start, with what to do', async () => {
  const env = { MONGODB_URI: testUri(), CONTENT_STORE: 's3://nobody-has-this', S3_ENDPOINT: s3.endpoint };
  for (const program of [spawnWorker({ env }), spawnServer(env)]) {
    const { code } = await program.exited;
    expect(code).toBe(2);
    expect(program.lines.join('\n')).toContain('CONTENT_STORE: the bucket "nobody-has-this" does not exist.');
  }
});
