// Actors from modules that CALLSHEET_ACTORS names.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyActor } from './actor.ts';
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
    const actors = actorsOf(await importModule(path, directory));
    if (actors.length === 0)
      throw problem(
        path,
        'it exports no actor: export an object, an instance or a list of them as `default` or `actors`.',
      );
    for (const actor of actors) registerFrom(path, registry, actor);
  }
}

async function importModule(path: string, directory: string): Promise<object> {
  try {
    return await import(pathToFileURL(resolve(directory, path)).href);
  } catch (error) {
    throw problem(path, `it cannot be loaded: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function actorsOf(module: object): AnyActor[] {
  const exported = [read(module, 'default'), read(module, 'actors')];
  return exported.flat().filter((one): one is AnyActor => typeof one === 'object' && one !== null);
}

function read(module: object, key: string): unknown {
  return key in module ? (module as Record<string, unknown>)[key] : undefined;
}

function registerFrom(path: string, registry: ActorRegistry, actor: AnyActor): void {
  try {
    registry.register(actor);
  } catch (error) {
    if (error instanceof InvalidActor) throw problem(path, error.message);
    throw error;
  }
}

function problem(path: string, what: string): InvalidActor {
  return new InvalidActor(`CALLSHEET_ACTORS: ${path}: ${what}`);
}
