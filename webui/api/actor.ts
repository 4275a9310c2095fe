// What an actor of the catalog is on the wire, as far as this page reads it. Types and their order.
import type { JsonObject } from './task.ts';

export type Actor = {
  name: string;
  description: string | null;
  tags: string[];
  input: JsonObject | null;
  workers: string[];
};

/** Media first, because it is what a newcomer came for; then by name. */
export function sortActors(actors: readonly Actor[]): Actor[] {
  const rank = (actor: Actor) => (actor.name === 'media' ? 0 : 1);
  return [...actors].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}
