// Cutting a stream of any pieces into equal ones.

/** All bytes in chunks of `size`, the last one shorter. Each is the same memory again: use it before asking for the next. */
export async function* inChunks(body: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Buffer, void> {
  const buffer = Buffer.allocUnsafeSlow(size);
  let filled = 0;
  for await (const piece of body)
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + size - filled);
      buffer.set(part, filled);
      at += part.length;
      filled += part.length;
      if (filled < size) continue;
      yield buffer;
      filled = 0;
    }
  if (filled > 0) yield buffer.subarray(0, filled);
}
