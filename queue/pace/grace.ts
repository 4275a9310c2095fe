// The pause of the recoverer after an outage of the database, or of this machine. Moments come from its caller.

/**
 * After an outage longer than a lease every lease is old at once, although the workers live: a recoverer that acts at
 * once would run the whole fleet's tasks twice. So after an outage it waits one lease from the first success on. One is
 * half a lease without a success: what is shorter makes no lease old, since heartbeats come thrice in a lease, and a
 * recoverer that minded every lost request would seldom do anything on a bad line.
 *
 * A machine that was suspended has sent no heartbeats either, and its monotonic clock may have stood still meanwhile: so
 * what the wall clock is ahead of it counts as silence. A wall clock that is set forward costs one lease of waiting,
 * nothing else.
 */
export class OutageGrace {
  readonly #leaseMs: number;
  readonly #wall: () => number;
  #troubled = false;
  #success: { at: number; wall: number } | undefined;
  #until = -Infinity;

  /** `wall` is the calendar's clock. */
  constructor(leaseMs: number, wall: () => number) {
    this.#leaseMs = leaseMs;
    this.#wall = wall;
  }

  noteTrouble(): void {
    this.#troubled = true;
  }

  noteSuccess(now: number): void {
    const silentMs = now - (this.#success?.at ?? now);
    if (Math.max(silentMs, silentMs + this.#sleptMs(now)) > this.#leaseMs / 2)
      this.#until = now + this.#leaseMs;
    this.#success = { at: now, wall: this.#wall() };
    this.#troubled = false;
  }

  /** Whether leases can be trusted to tell the dead from the living. */
  isOver(now: number): boolean {
    return !this.#troubled && this.#sleptMs(now) <= this.#leaseMs / 2 && now >= this.#until;
  }

  /** How much further the wall clock has come than ours since the last success. */
  #sleptMs(now: number): number {
    if (!this.#success) return 0;
    return this.#wall() - this.#success.wall - (now - this.#success.at);
  }
}
