// The keys that actors' rules name; pure.
import type { ActorRecord, ConcurrencyRule } from '../catalog.ts';

/** The keys that a rule names, with their limits. */
export function namedLimits(actor: string, rule: ConcurrencyRule | null): [string, number][] {
  if (rule === null || 'code' in rule) return [];
  if (!('limit' in rule)) return Object.entries(rule.limits);
  const own = 'identifier' in rule && typeof rule.identifier === 'string' ? rule.identifier : actor;
  return [[own, rule.limit]];
}

/** All that these actors name; a key stands there once for each that names it. */
export function limitsNamedBy(
  actors: readonly Pick<ActorRecord, '_id' | 'concurrency'>[],
): [string, number][] {
  return actors.flatMap(({ _id, concurrency }) => namedLimits(_id, concurrency));
}
