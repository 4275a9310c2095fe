// Actors as labels: few, whatever is published. The first names that a server sees keep their own series for its life, all
// later ones share one, so that no counter ever falls.
import type { FigureRecord, ShownFigure } from '../../queue/index.ts';

const rest = 'others';

/** Gives a name back, or `others` once there are `most` of them. */
export function boundNames(most: number): (name: string) => string {
  const known = new Set<string>();
  return name => {
    if (known.size < most) known.add(name);
    return known.has(name) ? name : rest;
  };
}

/** The figures under such names; those that share one are added up. */
export function foldActors(
  figures: readonly FigureRecord[],
  nameOf: (actor: string) => string,
): ShownFigure[] {
  const folded = new Map<string, ShownFigure>();
  for (const { name, actor, outcome, count, sum, counts } of figures) {
    const shown = actor === undefined ? undefined : nameOf(actor);
    const key = [name, shown, outcome].join('\n');
    const known = folded.get(key);
    folded.set(key, {
      name,
      ...(shown !== undefined && { actor: shown }),
      ...(outcome !== undefined && { outcome }),
      count: count + (known?.count ?? 0),
      sum: sum + (known?.sum ?? 0),
      counts: known ? added(known.counts, counts) : counts,
    });
  }
  return [...folded.values()];
}

function added(one: ShownFigure['counts'], other: ShownFigure['counts']): Record<string, number> {
  const both = new Map(Object.entries(one));
  for (const [bucket, count] of Object.entries(other)) both.set(bucket, count + (both.get(bucket) ?? 0));
  return Object.fromEntries(both);
}
