// Actors from modules: what is found in them, and what is said about those that are no good.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MediaProviderRegistry } from '../../providers/index.ts';
import { loadActors, loadProviders } from '../../worker/actors/load.ts';
import { ActorRegistry, InvalidActor } from '../../worker/actors/registry.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'callsheet-load-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function load(...sources: string[]): Promise<string[]> {
  const registry = new ActorRegistry([{ name: 'echo', execute: () => null }]);
  const paths = sources.map((_, index) => `./module-${made}-${index}.mjs`);
  await Promise.all(sources.map((source, index) => writeFile(join(directory, paths[index]!), source)));
  made++;
  await loadActors(registry, paths, directory);
  return registry.names();
}
let made = 0;

test('one default export, a list, and `actors` are found, relative to the directory', async () => {
  const one = 'export default { name: "one", execute: () => 1 };';
  const list = 'export default [{ name: "two", execute: () => 2 }];';
  const named = 'export const actors = [{ name: "three", execute: () => 3 }];';
  expect(await load(one, list, named)).toEqual(['echo', 'one', 'two', 'three']);
});

test.each([
  ['a syntax error', 'export default {', 'cannot be loaded'],
  ['a throw', 'throw new Error("no key")', 'cannot be loaded: no key'],
  ['nothing', 'export const other = 1;', 'exports no actor'],
  ['a taken name', 'export default { name: "echo", execute: () => 1 };', 'Two actors are called "echo"'],
  ['a bad actor', 'export default { name: "x" };', 'execute must be a function'],
])('a module with %s is refused with one message that names it', async (_, source, message) => {
  const error = await load(source).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InvalidActor);
  expect(String(error)).toMatch(/CALLSHEET_ACTORS: \.\/module-/);
  expect(String(error)).toContain(message);
});

test('an isolated actor of a module needs not say where it is from', async () => {
  expect(await load('export default { name: "apart", isolated: true, execute: () => 1 };')).toContain(
    'apart',
  );
});

test('a module that does not exist is refused', async () => {
  const registry = new ActorRegistry();
  await expect(loadActors(registry, ['./nowhere.mjs'], directory)).rejects.toThrow('./nowhere.mjs');
});

const registering = (name: string) =>
  `export function registerProviders(registry) { registry.register(${JSON.stringify(name)}, () => ({}), { hosts: ['cdn.example'] }); }`;

test('a module may register media providers, with or without actors beside them', async () => {
  await writeFile(join(directory, 'acme.mjs'), registering('acme'));
  await writeFile(join(directory, 'plain.mjs'), 'export default { name: "plain", execute: () => 1 };');
  const registry = new MediaProviderRegistry();
  await loadProviders(registry, ['acme.mjs', 'plain.mjs'], directory);
  expect(registry.list()).toEqual(['acme']);
  expect(registry.hosts()).toEqual(['cdn.example']);
  const actors = new ActorRegistry();
  await loadActors(actors, ['acme.mjs', 'plain.mjs'], directory);
  expect(actors.names()).toEqual(['plain']);
});

test('a module whose providers cannot be registered is refused by its name', async () => {
  await writeFile(join(directory, 'wrong.mjs'), registering('a/b'));
  const loading = loadProviders(new MediaProviderRegistry(), ['wrong.mjs'], directory);
  await expect(loading).rejects.toThrow(InvalidActor);
  await expect(loading).rejects.toThrow('wrong.mjs: registerProviders failed: "a/b" cannot name a provider');
});
