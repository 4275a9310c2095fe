// The pause of the recoverer after an outage of the database. Pure: moments come from its caller.

/**
 * After an outage longer than a lease every lease is old at once, although the workers live: a recoverer that acts at
 * once would run the whole fleet's tasks twice. So after an outage it waits one lease from the first success on. One is
 * half a lease without a success: what is shorter makes no lease old, since heartbeats come thrice in a lease, and a
 * recoverer that minded every lost request would seldom do anything on a bad line.
 */
export class OutageGrace {
  readonly #leaseMs: number;
  #troubled = false;
  #succeededAt: number | undefined;
  #until = -Infinity;

  constructor(leaseMs: number) {
    this.#leaseMs = leaseMs;
  }

  noteTrouble(): void {
    this.#troubled = true;
  }

  noteSuccess(now: number): void {
    const silentMs = now - (this.#succeededAt ?? now);
    if (silentMs > this.#leaseMs / 2) this.#until = now + this.#leaseMs;
    this.#succeededAt = now;
    this.#troubled = false;
  }

  /** Whether leases can be trusted to tell the dead from the living. */
  isOver(now: number): boolean {
    return !this.#troubled && now >= this.#until;
  }
}
