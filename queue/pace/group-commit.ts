// Many callers, one statement: collects what comes within a moment and hands it over together.
import { isRefusal } from '../transient.ts';
import { realTime, type Time } from './time.ts';

export interface GroupCommitOptions<Item, Answer> {
  /** Writes a batch; answers in the order of the items. */
  write: (items: Item[]) => Promise<Answer[]>;
  sizeOf?: (item: Item) => number;
  maxItems?: number;
  /** Of the sum of the sizes; one item alone may be larger. */
  maxSize?: number;
  /** How long the first of a batch waits for others. */
  lingerMs?: number;
  /** Statements in flight at once. */
  maxInFlight?: number;
  time?: Time;
}

interface Waiting<Item, Answer> {
  item: Item;
  size: number;
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

export class GroupCommit<Item, Answer> {
  readonly #options: Required<GroupCommitOptions<Item, Answer>>;
  #waiting: Waiting<Item, Answer>[] = [];
  #inFlight = 0;
  #callOff: (() => void) | undefined;

  constructor(options: GroupCommitOptions<Item, Answer>) {
    const bounds = { sizeOf: () => 0, maxItems: 200, maxSize: Infinity, maxInFlight: 2 };
    this.#options = { ...bounds, lingerMs: 2, time: realTime, ...options };
  }

  /** Resolves with this item's answer once the statement that carried it was acknowledged. */
  add(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, size: this.#options.sizeOf(item), resolve, reject });
      if (this.#waiting.length >= this.#options.maxItems) this.#send();
      else this.#callOff ??= this.#options.time.after(this.#options.lingerMs, () => this.#send());
    });
  }

  #send(): void {
    this.#callOff?.();
    this.#callOff = undefined;
    while (this.#waiting.length > 0 && this.#inFlight < this.#options.maxInFlight) {
      this.#inFlight++;
      void this.#commit(this.#take()).finally(() => {
        this.#inFlight--;
        // They have waited for the statement: no lingering on top.
        this.#send();
      });
    }
  }

  #take(): Waiting<Item, Answer>[] {
    const { maxItems, maxSize } = this.#options;
    let count = 0;
    for (let size = 0; count < Math.min(maxItems, this.#waiting.length); count++) {
      size += this.#waiting[count]!.size;
      if (count > 0 && size > maxSize) break;
    }
    return this.#waiting.splice(0, count);
  }

  async #commit(batch: Waiting<Item, Answer>[]): Promise<void> {
    try {
      const answers = await this.#options.write(batch.map(({ item }) => item));
      batch.forEach(({ resolve }, index) => {
        resolve(answers[index]!);
      });
    } catch (error) {
      // What the database refuses is the fault of one item: alone, only that one fails.
      if (batch.length > 1 && isRefusal(error)) for (const one of batch) await this.#commit([one]);
      else for (const { reject } of batch) reject(error);
    }
  }
}
