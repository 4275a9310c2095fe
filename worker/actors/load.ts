// Actors from modules that CALLSHEET_ACTORS names.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { AnyActor } from './actor.ts';
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
    const address = pathToFileURL(resolve(directory, path)).href;
    const actors = actorsOf(await importModule(path, address));
    if (actors.length === 0)
      throw problem(
        path,
        'it exports no actor: export an object, an instance or a list of them as `default` or `actors`.',
      );
    for (const actor of actors) registerFrom(path, address, registry, actor);
  }
}

async function importModule(path: string, address: string): Promise<object> {
  try {
    return await import(address);
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
