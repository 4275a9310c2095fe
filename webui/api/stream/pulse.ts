// Asks whether the server could tell of changes if there were any: an open stream proves nothing of the database behind
// it, and where nothing changes it is silent anyway.

const EVERY_MS = 5_000;
// After a no the answer is awaited by a person.
const AFTER_NO_MS = 2_000;

/** What the server says of itself; null when it says nothing. */
export type Answer = boolean | null;

export class Pulse {
  readonly #ask: () => Promise<Answer>;
  readonly #onAnswer: (answer: Answer) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Raised by each start and stop: an answer to an older question is dropped. */
  #round = 0;

  constructor(ask: () => Promise<Answer>, onAnswer: (answer: Answer) => void) {
    this.#ask = ask;
    this.#onAnswer = onAnswer;
  }

  /** Asks at once, and again 5 s after each answer (2 s after a no) until `stop`. */
  start(): void {
    this.stop();
    void this.#once(this.#round);
  }

  /** A sign of life has come otherwise: the next question can wait its full time. */
  putOff(): void {
    if (this.#timer !== undefined) this.#later(EVERY_MS);
  }

  stop(): void {
    this.#round += 1;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #once(round: number): Promise<void> {
    this.#timer = undefined;
    const answer = await this.#ask();
    if (round !== this.#round) return;
    this.#later(answer === false ? AFTER_NO_MS : EVERY_MS);
    this.#onAnswer(answer);
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    const round = this.#round;
    this.#timer = setTimeout(() => void this.#once(round), ms);
  }
}
