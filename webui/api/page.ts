// Lists by pages: what every list answers, and how its next page is asked for.

export type Page<Item> = { items: Item[]; next_cursor: string | null };

const PAGE_SIZE = 25;

/** The query of a page; parameters that are null or undefined are left out. */
export function pageQuery(parameters: Record<string, string | null | undefined>, limit = PAGE_SIZE): string {
  const said = Object.entries(parameters).filter((pair): pair is [string, string] => pair[1] != null);
  return new URLSearchParams([['limit', String(limit)], ...said]).toString();
}

/** Every item of the pages that were read, once: pages read at different moments can overlap. */
export function itemsOf<Item>(pages: readonly Page<Item>[], idOf: (item: Item) => string): Item[] {
  return [...new Map(pages.flatMap(page => page.items).map(item => [idOf(item), item])).values()];
}
