// What actors have injected besides their payload: by the worker itself, and by whoever starts it.
import type { ActorContext, Dependencies } from './actor.ts';
import { dependencyName, isOwnDependency, type ownDependencies } from './injectable.ts';
import { type ActorRegistry, InvalidActor } from './registry.ts';

/** Values by the names under which actors ask for them. */
export type Inject = Readonly<Record<string, unknown>>;

/** Adds to what is injected. Throws InvalidActor for a name that is taken, no name, or without a value. */
export function addDependencies(known: Inject, more: Inject): Inject {
  for (const [name, value] of Object.entries(more)) {
    const problem = dependencyName.safeParse(name).error?.issues[0]?.message;
    if (problem !== undefined)
      throw new InvalidActor(`The dependency "${name.slice(0, 100)}": its name ${problem}.`);
    if (isOwnDependency(name)) throw new InvalidActor(`The dependency "${name}" is the worker's own.`);
    if (Object.hasOwn(known, name)) throw new InvalidActor(`Two dependencies are called "${name}".`);
    if (value === undefined) throw new InvalidActor(`The dependency "${name}" is undefined.`);
  }
  return { ...known, ...more };
}

/** Throws InvalidActor that names every dependency of these actors that nobody injects. */
export function refuseMissing(actors: ActorRegistry, inject: Inject): void {
  const known = (name: string) => isOwnDependency(name) || Object.hasOwn(inject, name);
  const missing = actors.names().flatMap(actor => {
    const { dependencies = [] } = actors.find(actor)!.description;
    const unknown = dependencies.filter(name => !known(name));
    return unknown.map(name => `Actor "${actor}" needs the dependency "${name}", which nobody injects.`);
  });
  if (missing.length === 0) return;
  const how =
    'Export it as `dependencies` from a module of CALLSHEET_ACTORS, or give it to startWorker as `inject`.';
  throw new InvalidActor(`${missing.join(' ')} ${how}`);
}

type Own = Pick<ActorContext, (typeof ownDependencies)[number]>;

/** The dependencies that an actor names. */
export function pickDependencies(names: readonly string[], own: Own, inject: Inject): Dependencies {
  const all: Inject = { ...inject, ...own };
  return Object.fromEntries(names.map(name => [name, all[name]]));
}
