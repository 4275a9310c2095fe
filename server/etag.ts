// Conditional requests: does the client have this version already? Pure.

/** Whether an `If-None-Match` header names this tag; weak and strong forms of one tag are equal here (RFC 9110). */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return header.trim() === '*' || header.split(',').some(tag => opaque(tag) === opaque(etag));
}

export interface Slice {
  /** The first byte, and the one after the last. */
  start: number;
  end: number;
}

/**
 * The part of `size` bytes that a `Range` header asks for. Null: all of them, also for what may be ignored (several
 * ranges, other units); 'unsatisfiable': nothing of it is there.
 */
export function readRange(header: string | undefined, size: number): Slice | 'unsatisfiable' | null {
  const asked = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  if (!asked || (asked[1] === '' && asked[2] === '')) return null;
  const [from, to] = [asked[1] ?? '', asked[2] ?? ''];
  if (from === '')
    return to === '0' || size === 0 ? 'unsatisfiable' : { start: Math.max(size - Number(to), 0), end: size };
  if (to !== '' && Number(to) < Number(from)) return null;
  if (Number(from) >= size) return 'unsatisfiable';
  return { start: Number(from), end: to === '' ? size : Math.min(Number(to) + 1, size) };
}
