// Counting and hashing bytes while they pass.
import { createHash } from 'node:crypto';
import type { StoredBlob } from './store.ts';

/** The same bytes, and what they were once all of them have passed. */
export function measured(body: AsyncIterable<Uint8Array>): {
  body: AsyncGenerator<Uint8Array, void>;
  blob(): StoredBlob;
} {
  const hash = createHash('sha256');
  let size = 0;
  async function* passed(): AsyncGenerator<Uint8Array, void> {
    for await (const piece of body) {
      hash.update(piece);
      size += piece.length;
      yield piece;
    }
  }
  return { body: passed(), blob: () => ({ size, sha256: hash.digest('hex') }) };
}
