// Lists by pages whose cursor is the name of the last item: its form on the wire, and pages of what is in memory whole.
import type { Context } from 'hono';
import { z } from 'zod';
import { InvalidInput } from '../queue/index.ts';
import { wholeNumber } from './input.ts';
import { type Parts, pathHere, urlBase } from './parts.ts';

/** The parameters that every list takes. */
export const pageQuery = {
  limit: wholeNumber(1, 200).default(50),
  cursor: z.string().max(400).optional(),
};

/** Names the next page in the header `Link` (RFC 8288), where there is one. */
export function linkNext(c: Context, parts: Pick<Parts, 'publicUrl'>, next_cursor: string | null): void {
  if (next_cursor === null) return;
  const { searchParams } = new URL(c.req.url);
  searchParams.set('cursor', next_cursor);
  c.header('Link', `<${urlBase(c, parts)}${pathHere(c)}?${searchParams.toString()}>; rel="next"`);
}

export const writeCursor = (name: string): string => Buffer.from(name).toString('base64url');

/** The name in a cursor, '' without one; throws InvalidInput for what `writeCursor` did not write. */
export function readCursor(cursor: string | undefined): string {
  const name = Buffer.from(cursor ?? '', 'base64url').toString();
  if (cursor === undefined || (cursor !== '' && writeCursor(name) === cursor)) return name;
  throw new InvalidInput([{ pointer: '/cursor', detail: 'is not a cursor of this list' }]);
}

/** One page of a list that is sorted by `_id`. */
export function pageOf<T extends { _id: string }>(
  all: readonly T[],
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): { items: T[]; next_cursor: string | null } {
  const after = readCursor(cursor);
  const rest = all.filter(({ _id }) => _id > after);
  const items = rest.slice(0, limit);
  const last = rest.length > limit ? items.at(-1) : undefined;
  return { items, next_cursor: last ? writeCursor(last._id) : null };
}
