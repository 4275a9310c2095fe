// The pause of the recoverer after an outage of the database. Pure: moments come from its caller.

/**
 * After an outage longer than a lease every lease is old at once, although the workers live: a recoverer that acts at
 * once would run the whole fleet's tasks twice. So after trouble it waits one lease from the first success on.
 */
export class OutageGrace {
  readonly #leaseMs: number;
  #troubled = false;
  #until = -Infinity;

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  noteTrouble(): void {
    this.#troubled = true;
  }

  /** `sentAt`: when what succeeded was asked. An answer that took half a lease was an outage too. */
  noteSuccess(sentAt: number, now: number): void {
    if (this.#troubled || now - sentAt > this.#leaseMs / 2) this.#until = now + this.#leaseMs;
    this.#troubled = false;
  }

  /** Whether leases can be trusted to tell the dead from the living. */
  isOver(now: number): boolean {
    return !this.#troubled && now >= this.#until;
  }
}
