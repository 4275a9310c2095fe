// Lists by pages: what of them is shown.
import type { Page } from '../../client/index.ts';

/** Every item of the pages that were read, once: pages read at different moments can overlap. */
export function itemsOf<Item>(pages: readonly Page<Item>[], idOf: (item: Item) => string): Item[] {
  return [...new Map(pages.flatMap(page => page.items).map(item => [idOf(item), item])).values()];
}
