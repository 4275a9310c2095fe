// Decides which fields are shown large, which plainly, and which behind “More settings”. Pure.
import type { JsonObject } from '../../../client/index.ts';
import type { Field } from './field.ts';
import { visibleMembers } from './payload.ts';
import { isMeant, type Profile } from './profile.ts';

export type Layout = { lead: Field[]; main: Field[]; more: Field[] };

/** Every field that means something exactly once, in the profile's order where it names one. */
export function layOut(
  root: Field,
  payload: JsonObject,
  profile: Pick<Profile, 'lead' | 'main' | 'more' | 'only'>,
): Layout {
  const named = new Set([...profile.lead, ...(profile.main ?? []), ...profile.more]);
  const found = new Map<string, Field>();
  const rest = pull(visibleMembers(root, payload), payload, named, found);
  const inOrder = (pointers: readonly string[]) =>
    pointers
      .filter(pointer => isMeant(profile, payload, pointer))
      .flatMap(pointer => found.get(pointer) ?? []);
  const lead = inOrder(profile.lead);
  if (profile.main === null) return { lead, main: rest, more: [] };
  const needed = rest.filter(field => field.required && field.preset === undefined && !isContainer(field));
  const more = rest.filter(field => !needed.includes(field));
  return { lead, main: [...inOrder(profile.main), ...needed], more: [...inOrder(profile.more), ...more] };
}

function isContainer(field: Field): boolean {
  return field.kind === 'group' || field.kind === 'cases' || field.kind === 'fixed';
}

/** Takes the named fields out of the tree, wherever they are; a group that has nothing left goes too. */
function pull(
  fields: Field[],
  payload: JsonObject,
  named: ReadonlySet<string>,
  found: Map<string, Field>,
): Field[] {
  return fields.flatMap((field): Field[] => {
    if (named.has(field.pointer)) {
      found.set(field.pointer, field);
      return [];
    }
    if (field.kind !== 'group') return [field];
    const inner = pull(visibleMembers(field, payload), payload, named, found);
    return inner.length > 0 ? [{ ...field, fields: inner }] : [];
  });
}
