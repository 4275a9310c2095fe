// The provider of providers/README.md is taken from that page and run against a small stand-in.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { type MediaProvider, MediaProviderRegistry } from '../../providers/index.ts';
import { loadProviders } from '../../worker/actors/load.ts';
import { attempt, cancelled, failureOf } from './attempt.ts';
import { quickClock, Stage } from './standins/stage.ts';

const root = resolve(import.meta.dirname, '../..');
const page = await readFile(join(root, 'providers/README.md'), 'utf8');

interface Options {
  key: string | null;
  base_url: string;
  clock: ReturnType<typeof quickClock>;
}
type ProviderClass = new (options: Options) => Required<Pick<MediaProvider, 'txt2img'>>;

/** The module of the page, with this checkout as the package. */
async function extract(): Promise<{ directory: string; ReplicateProvider: ProviderClass }> {
  const code = /```js\n\/\/ replicate\.mjs\n(.*?)```/s.exec(page)![1]!;
  const directory = await mkdtemp(join(tmpdir(), 'callsheet-providers-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'replicate.js');
  await writeFile(
    path,
    code
      .replace("'callsheet'", JSON.stringify(join(root, 'index.ts')))
      .replace("'zod'", JSON.stringify(import.meta.resolve('zod'))),
  );
  const module: { ReplicateProvider: ProviderClass } = await import(pathToFileURL(path).href);
  return { directory, ReplicateProvider: module.ReplicateProvider };
}

class ReplicateStandIn extends Stage {
  statuses = ['starting', 'processing', 'succeeded'];
  output: unknown = ['https://replicate.delivery/1.png'];
  cancelled = 0;

  constructor() {
    super();
    this.app.post('/models/:owner/:name/predictions', c => c.json({ id: 'p1', status: 'starting' }, 201));
    this.app.get('/predictions/p1', c => {
      const status = this.statuses.length > 1 ? this.statuses.shift() : this.statuses[0];
      return c.json({ id: 'p1', status, output: this.output, error: status === 'failed' ? 'CUDA' : null });
    });
    this.app.post('/predictions/p1/cancel', c => {
      this.cancelled++;
      return c.json({ id: 'p1', status: 'canceled' });
    });
  }
}

async function both() {
  const service = new ReplicateStandIn();
  await service.open(1);
  const { ReplicateProvider } = await extract();
  const provider = new ReplicateProvider({ key: 'r8_secret', base_url: service.url, clock: quickClock() });
  return { service, provider };
}

test('the provider of the page makes pictures', async () => {
  const { service, provider } = await both();
  const request = attempt({ num_outputs: 2 });
  expect(await provider.txt2img(request)).toMatchObject({
    urls: ['https://replicate.delivery/1.png'],
    provider_task_id: 'p1',
    raw_response: { status: 'succeeded' },
  });
  expect(service.asked[0]).toMatchObject({
    path: '/models/black-forest-labs/flux-schnell/predictions',
    authorization: 'Bearer r8_secret',
    body: { input: { prompt: 'Red fox', num_outputs: 2 } },
  });
  expect(request.states).toEqual([
    { submitting: { since: expect.any(String), mark: null } },
    { external_id: 'p1' },
  ]);
  expect(request.said.map(({ message }) => message)).toEqual([
    'Replicate: starting',
    'Replicate: processing',
  ]);
});

test('the provider of the page fails as the page says', async () => {
  const { service, provider } = await both();
  service.statuses = ['failed'];
  expect(await failureOf(provider.txt2img(attempt()))).toMatchObject({ message: 'Replicate: CUDA' });
  service.statuses = ['succeeded'];
  service.output = [];
  expect(await failureOf(provider.txt2img(attempt()))).toMatchObject({
    message: 'Replicate: there was no picture',
  });
  service.plan(/^POST/, { status: 402, body: { detail: 'No credit' } }, 'lost');
  expect(await failureOf(provider.txt2img(attempt()))).toMatchObject({ name: 'InsufficientCreditsError' });
  expect(await failureOf(provider.txt2img(attempt()))).toMatchObject({ name: 'SubmissionUncertain' });
  expect(await failureOf(provider.txt2img(attempt({ model: '../x' })))).toMatchObject({
    name: 'InvalidRequestError',
  });
});

test('the provider of the page cancels', async () => {
  const { service, provider } = await both();
  const controller = new AbortController();
  const request = attempt({}, { signal: controller.signal });
  request.progress = () => controller.abort(cancelled());
  await failureOf(provider.txt2img(request));
  expect(service.cancelled).toBe(1);
});

test('the module of the page registers its provider', async () => {
  const { directory } = await extract();
  const registry = new MediaProviderRegistry();
  await loadProviders(registry, ['replicate.js'], directory);
  expect(registry.list()).toEqual(['replicate']);
  expect(registry.getConcurrency('replicate')).toBe(4);
  expect(registry.hosts()).toEqual(['replicate.delivery']);
  const schema = registry.get('replicate').params?.txt2img;
  expect(schema && z.toJSONSchema(schema)).toMatchObject({ properties: { num_outputs: { maximum: 4 } } });
});

test('the page names every error that the package exports', async () => {
  const errors = Object.entries(await import('../../providers/media/errors.ts')).flatMap(([name, kind]) =>
    typeof kind === 'function' ? [name] : [],
  );
  const own = errors.filter(name => !['UnknownProvider', 'UnsupportedAction'].includes(name));
  expect(own.filter(name => !page.includes(`| \`${name}\` |`))).toEqual([]);
});
