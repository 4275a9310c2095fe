// The keys that actors' rules name; pure.
import type { ConcurrencyRule } from '../catalog.ts';

/** The keys that a rule names, with their limits. */
export function namedLimits(actor: string, rule: ConcurrencyRule | null): [string, number][] {
  if (rule === null || 'code' in rule) return [];
  return 'limit' in rule ? [[actor, rule.limit]] : Object.entries(rule.limits);
}
