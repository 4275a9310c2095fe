// What is kept of an output that may have no end: its beginning and its end.

export class Ends {
  readonly #half: number;
  readonly #head = new Bytes();
  readonly #tail = new Bytes();
  #left = 0;

  /** Keeps `bytes` at most, half of them of the beginning. */
  constructor(bytes: number) {
    this.#half = Math.max(1, Math.floor(bytes / 2));
  }

  push(chunk: Buffer): void {
    const room = this.#half - this.#head.length;
    this.#head.append(chunk.subarray(0, room));
    this.#tail.append(chunk.subarray(room));
    // Not at every piece: each would move the whole end.
    if (this.#tail.length > 2 * this.#half) this.#cut();
  }

  #cut(): void {
    const over = Math.max(0, this.#tail.length - this.#half);
    this.#tail.dropFirst(over);
    this.#left += over;
  }

  /** As text, with a line in the middle that says how much is missing, if anything is. Broken UTF-8 becomes U+FFFD. */
  text(): string {
    this.#cut();
    const [head, tail] = [this.#head.read(), this.#tail.read()];
    if (this.#left === 0) return Buffer.concat([head, tail]).toString();
    return `${head.toString()}\n[… ${this.#left} bytes left out …]\n${tail.toString()}`;
  }
}

/** Bytes in one piece, however small the pieces are in which they come. */
class Bytes {
  #held = Buffer.alloc(0);
  length = 0;

  append(chunk: Buffer): void {
    const length = this.length + chunk.length;
    if (length > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.max(length, 2 * this.#held.length));
      this.#held.copy(larger, 0, 0, this.length);
      this.#held = larger;
    }
    chunk.copy(this.#held, this.length);
    this.length = length;
  }

  dropFirst(count: number): void {
    this.#held.copyWithin(0, count, this.length);
    this.length -= count;
  }

  read(): Buffer {
    return this.#held.subarray(0, this.length);
  }
}
