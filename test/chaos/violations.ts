// What an observer found wrong: bounded, since one bug may show itself a thousand times.

export interface Violation {
  /** The invariant that does not hold, as mongo-engineering numbers them, with what it says: see docs/reliability.md. */
  invariant: string;
  what: string;
}

const maxKept = 50;

export class Violations {
  readonly kept: Violation[] = [];
  count = 0;

  add(invariant: string, what: string): void {
    this.count++;
    if (this.kept.length < maxKept) this.kept.push({ invariant, what });
  }
}
