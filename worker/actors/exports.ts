// The actors that a module exports.
import type { AnyActor } from './actor.ts';

/** Its `default` export (one or a list) and its `actors`. */
export function actorsOf(module: object): AnyActor[] {
  const exported = [read(module, 'default'), read(module, 'actors')];
  return exported.flat().filter((one): one is AnyActor => typeof one === 'object' && one !== null);
}

function read(module: object, key: string): unknown {
  return key in module ? (module as Record<string, unknown>)[key] : undefined;
}
