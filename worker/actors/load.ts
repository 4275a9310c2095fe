// Actors, what they have injected, and media providers, from modules that CALLSHEET_ACTORS names.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { MediaProviderRegistry } from '../../providers/index.ts';
import type { AnyActor } from './actor.ts';
import { addDependencies, type Inject } from './dependencies.ts';
import { actorsOf } from './exports.ts';
import { type ActorRegistry, InvalidActor } from './registry.ts';

/**
 * Registers the actors of each module: its `default` export (one or a list) or its `actors`. Paths are relative to
 * `directory`. Throws InvalidActor that names the module and what is wrong with it.
 */
export async function loadActors(
  registry: ActorRegistry,
  paths: readonly string[],
  directory: string,
): Promise<void> {
  for (const path of paths) {
    const { address, module } = await importModule(path, directory);
    const actors = actorsOf(module);
    if (actors.length === 0 && !registersProviders(module) && !injects(module))
      throw problem(
        path,
        'it exports no actor: export an object, an instance or a list of them as `default` or `actors`.',
      );
    for (const actor of actors) registerFrom(path, address, registry, actor);
  }
}

/**
 * Lets each module that exports a function `registerProviders` add its media providers to the registry that the function is
 * called with. Throws InvalidActor that names the module and what is wrong with it.
 */
export async function loadProviders(
  registry: MediaProviderRegistry,
  paths: readonly string[],
  directory: string,
): Promise<void> {
  for (const path of paths) {
    const { module } = await importModule(path, directory);
    if (!registersProviders(module)) continue;
    try {
      await module.registerProviders(registry);
    } catch (error) {
      throw problem(
        path,
        `registerProviders failed: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}

/**
 * What each module exports as `dependencies`: an object, or a function that makes one and may be async. Throws InvalidActor
 * that names the module and what is wrong with it.
 */
export async function loadDependencies(paths: readonly string[], directory: string): Promise<Inject> {
  let inject: Inject = {};
  for (const path of paths) {
    const { module } = await importModule(path, directory);
    if (!injects(module)) continue;
    try {
      inject = addDependencies(inject, await readDependencies(module));
    } catch (error) {
      throw problem(path, `its dependencies: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return inject;
}

function injects(module: object): module is { dependencies: unknown } {
  return 'dependencies' in module;
}

async function readDependencies({ dependencies }: { dependencies: unknown }): Promise<Inject> {
  const made: unknown = typeof dependencies === 'function' ? await dependencies() : dependencies;
  if (typeof made !== 'object' || made === null) throw new TypeError('they must be an object, by name');
  return { ...made };
}

interface RegistersProviders {
  registerProviders: (registry: MediaProviderRegistry) => unknown;
}

function registersProviders(module: object): module is RegistersProviders {
  return 'registerProviders' in module && typeof module.registerProviders === 'function';
}

async function importModule(path: string, directory: string): Promise<{ address: string; module: object }> {
  const address = pathToFileURL(resolve(directory, path)).href;
  try {
    return { address, module: await import(address) };
  } catch (error) {
    throw problem(path, `it cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function registerFrom(path: string, address: string, registry: ActorRegistry, actor: AnyActor): void {
  try {
    registry.register(actor, address);
  } catch (error) {
    if (error instanceof InvalidActor) throw problem(path, error.message);
    throw error;
  }
}

function problem(path: string, what: string): InvalidActor {
  return new InvalidActor(`CALLSHEET_ACTORS: ${path}: ${what}`);
}
