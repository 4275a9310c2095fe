// What actors have injected: by whom, under which names, and what is said when it is not there.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { enqueueTask, findActor, openQueue, type Queue } from '../../queue/index.ts';
import { type Actor, type ActorContext, defineActor } from '../../worker/actors/actor.ts';
import { loadActors, loadDependencies } from '../../worker/actors/load.ts';
import { ActorRegistry, InvalidActor } from '../../worker/actors/registry.ts';
import { readWorkerSettings } from '../../worker/config.ts';
import { hostWorker } from '../../worker/host.ts';
import { testDatabase, testUri } from '../helpers/mongo.ts';
import { startTestWorker, taskEnd } from './start.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await openQueue(await testDatabase());
});

async function writeModules(...sources: string[]): Promise<{ directory: string; paths: string[] }> {
  const directory = await mkdtemp(join(tmpdir(), 'callsheet-inject-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const paths = sources.map((_, n) => join(directory, `module-${n}.mjs`));
  await Promise.all(sources.map((source, n) => writeFile(paths[n]!, source)));
  return { directory, paths };
}

const needs = (dependencies: string[], rest: Partial<Actor> = {}) =>
  defineActor({ name: 'bill', execute: () => null, dependencies, ...rest });

test('an actor gets what it names, from whoever starts the worker and from the worker itself', async () => {
  const given: ActorContext[] = [];
  const bill = needs(['stripe', 'database', 'artifacts'], {
    execute: (_, context) => void given.push(context),
  });
  const stripe = { charge: () => 'charged' };
  await startTestWorker(queue, [bill], { inject: { stripe, other: 1 } });
  const { task_id } = await enqueueTask(queue, { actor: 'bill', payload: {} });
  expect(await taskEnd(queue, task_id)).toMatchObject({ status: 'completed' });
  expect(Object.keys(given[0]!.dependencies)).toEqual(['stripe', 'database', 'artifacts']);
  expect(given[0]!.dependencies.stripe).toBe(stripe);
  expect(given[0]!.dependencies.database).toBe(queue.db);
  expect(given[0]!.dependencies.artifacts).toBe(given[0]!.artifacts);
  expect((await findActor(queue, 'bill'))?.dependencies).toEqual(['stripe', 'database', 'artifacts']);
});

test('a worker that lacks what its actors name does not start, and says whom and what', async () => {
  const actors = [needs(['stripe']), needs(['mailer', 'content'], { name: 'mail' })];
  const refused = await startTestWorker(queue, actors, { inject: { stripes: 1 } }).catch(
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(InvalidActor);
  expect(String(refused)).toContain('Actor "bill" needs the dependency "stripe"');
  expect(String(refused)).toContain('Actor "mail" needs the dependency "mailer"');
  expect(String(refused)).toContain('CALLSHEET_ACTORS');
  expect(await findActor(queue, 'mail')).toBeNull();
  // Whoever does not serve it does not need it.
  await startTestWorker(queue, [...actors, needs([], { name: 'free' })], { serves: ['free'] });
});

test.each([
  [{ database: 1 }, "is the worker's own"],
  [{ 'not a name': 1 }, 'must begin with a letter'],
  [{ empty: undefined }, 'is undefined'],
])('%o cannot be injected', async (inject, message) => {
  await expect(startTestWorker(queue, [], { inject })).rejects.toThrow(message);
});

test('an actor that runs in a thread is refused what cannot go there, when it is registered', () => {
  const apart = { isolated: true, module: import.meta.url };
  expect(() => new ActorRegistry([needs(['stripe'], apart)])).toThrow(
    '"stripe" cannot be injected into a thread',
  );
  expect(new ActorRegistry([needs(['artifacts'], apart)]).names()).toEqual(['bill']);
  expect(() => new ActorRegistry([needs(['a b'])])).toThrow('dependencies');
});

test('modules export dependencies, as an object or as a function that makes them', async () => {
  const { directory, paths } = await writeModules(
    'export const dependencies = { stripe: { key: 1 } };',
    'export const dependencies = async () => ({ mailer: 2 }); export default { name: "x", execute: () => 1 };',
  );
  expect(await loadDependencies(paths, directory)).toEqual({ stripe: { key: 1 }, mailer: 2 });
  const registry = new ActorRegistry();
  await loadActors(registry, paths, directory);
  expect(registry.names()).toEqual(['x']);
});

test.each([
  ['export const dependencies = 7;', 'must be an object'],
  ['export const dependencies = () => { throw new Error("no key") };', 'no key'],
  ['export const dependencies = { content: 1 };', "is the worker's own"],
])('a module with %s is refused with a message that names it', async (source, message) => {
  const { directory, paths } = await writeModules(source);
  const refused = await loadDependencies(paths, directory).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(InvalidActor);
  expect(String(refused)).toContain(`CALLSHEET_ACTORS: ${paths[0]}`);
  expect(String(refused)).toContain(message);
});

test('two modules cannot export the same dependency', async () => {
  const one = 'export const dependencies = { stripe: 1 };';
  const { directory, paths } = await writeModules(one, one);
  await expect(loadDependencies(paths, directory)).rejects.toThrow('Two dependencies are called "stripe"');
});

const host = (CALLSHEET_ACTORS: string, rest: Record<string, string> = {}) => {
  const uri = new URL(testUri());
  uri.pathname = `/${queue.db.databaseName}`;
  const settings = readWorkerSettings({ CALLSHEET_ACTORS, ...rest });
  return hostWorker(settings, uri.href, pino({ level: 'silent' }));
};

test('a worker of settings injects what its modules export, and has the actor `shell` only where it is allowed', async () => {
  const { paths } = await writeModules(
    'export const dependencies = { rate: 0.19 };',
    `export default {
      name: 'tax', dependencies: ['rate'],
      execute: ({ net }, { dependencies: { rate } }) => net * (1 + rate),
    };`,
  );
  const worker = await host(paths.join(','));
  onTestFinished(() => worker.stop());
  const { task_id } = await enqueueTask(queue, { actor: 'tax', payload: { net: 100 } });
  expect(await taskEnd(queue, task_id)).toMatchObject({ result: 119 });
  expect(await findActor(queue, 'shell')).toBeNull();
  await worker.stop();
  await expect(host(paths[1]!)).rejects.toThrow('Actor "tax" needs the dependency "rate"');

  const open = await host('', { WORKER_SHELL: '1', JOBS_MAX_CONCURRENCY: '4' });
  onTestFinished(() => open.stop());
  const ran = await enqueueTask(queue, { actor: 'shell', payload: { command: 'echo hi' } });
  expect(await taskEnd(queue, ran.task_id)).toMatchObject({ result: { stdout: 'hi\n', returncode: 0 } });
  expect(await queue.lanes.findOne({ _id: '@jobs' })).toMatchObject({ limit: 4 });
});
