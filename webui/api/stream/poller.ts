// Asks again and again while there is no stream. Never two questions at once.

const POLL_MS = 5_000;

export class Poller {
  readonly #ask: () => Promise<boolean>;
  readonly #onBack: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reached = false;

  /** `ask` resolves to whether it got an answer; `onBack` is called at the first answer, and at each after a silence. */
  constructor(ask: () => Promise<boolean>, onBack: () => void) {
    this.#ask = ask;
    this.#onBack = onBack;
  }

  /** Asks every 5 s from here on, counted from the end of each question; nothing happens when it does so already. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#reached = false;
    this.#soon();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #soon(): void {
    this.#timer = setTimeout(() => void this.#once(), POLL_MS);
  }

  async #once(): Promise<void> {
    const reached = await this.#ask();
    if (this.#timer === undefined) return;
    this.#soon();
    const back = reached && !this.#reached;
    this.#reached = reached;
    if (back) this.#onBack();
  }
}
