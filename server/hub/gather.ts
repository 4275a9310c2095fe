// Many askers, one read: what is asked for within a moment is read together. A thousand browsers that come back after a
// restart cost a handful of reads, not a thousand.

const momentMs = 2;
const batchSize = 200;

/** A reader that shares its reads: each asker gets what was found of the ids it named, read after it asked. */
export function gather<T>(
  read: (ids: readonly string[]) => Promise<T[]>,
  idOf: (found: T) => string,
): (ids: readonly string[]) => Promise<T[]> {
  let asked = new Set<string>();
  let batch: Promise<Map<string, T>> | undefined;

  async function readSoon(): Promise<Map<string, T>> {
    await new Promise(resolve => setTimeout(resolve, momentMs));
    const ids = [...asked];
    asked = new Set();
    batch = undefined;
    const found = new Map<string, T>();
    for (let at = 0; at < ids.length; at += batchSize)
      for (const one of await read(ids.slice(at, at + batchSize))) found.set(idOf(one), one);
    return found;
  }

  return async ids => {
    for (const id of ids) asked.add(id);
    batch ??= readSoon();
    const found = await batch;
    return ids.flatMap(id => found.get(id) ?? []);
  };
}
