// Lists by cursor: page by page, or one item after another as far as somebody reads.
import type { Page } from './record.ts';
import { type Query, queryOf, type RequestOptions, type Transport } from './transport.ts';

/** A list: iterate over all of it, or read its pages. Each page is asked for when it is needed. */
export interface Listing<T> extends AsyncIterable<T> {
  /** One page: the first, or the one that `next_cursor` of the page before names. */
  page(cursor?: string | null): Promise<Page<T>>;
}

export interface ListOptions extends RequestOptions {
  /** Items of a page: 50, at most 200. */
  limit?: number | undefined;
}

export function listOf<T>({ ask }: Transport, path: string, query: Query, options: ListOptions): Listing<T> {
  const { limit, signal } = options;
  const page = (cursor?: string | null) =>
    ask<Page<T>>(`${path}${queryOf({ ...query, limit, cursor })}`, { signal });
  return {
    page,
    async *[Symbol.asyncIterator]() {
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const { items, next_cursor } = await page(cursor);
        yield* items;
        cursor = next_cursor;
      }
    },
  };
}
