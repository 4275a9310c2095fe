// One EventSource kept alive: when to open, wait, poll, rest and give up. What the events mean is not its business.
//
// The browser's own reconnecting is not used: any status but 200 ends it for good (a proxy's 502 during a deploy),
// it never backs off, and it does not spread the return of many pages. So on every error the source is closed and
// opened again from here; what was missed is read by `resync`, which costs one GET and cannot leave a gap.
import { EVENT_NAMES, type EventName } from '../events.ts';
import { backoffMs } from './backoff.ts';
import type { Connection } from './connection.ts';
import { browserPage, type Page, type PageSignal } from './page.ts';
import { Poller } from './poller.ts';
import { type Answer, Pulse } from './pulse.ts';

const OPEN_MS = 20_000;
const STALL_MS = 75_000;
const REST_AFTER_MS = 30_000;
const POLL_AFTER_FAILURES = 5;

type Source = {
  close: () => void;
  addEventListener: (name: string, listener: (event: Event) => void) => void;
};
type Timer = ReturnType<typeof setTimeout>;

export type StreamOptions = {
  url: string;
  /** Whether the stream begins with the current state; if not, the first opening is followed by a resync too. */
  beginsWithState: boolean;
  onEvent: (name: EventName, data: string) => void;
  onConnection: (connection: Connection) => void;
  /** Reads the current state over HTTP; resolves to whether the server answered. */
  resync: () => Promise<boolean>;
  /** Asks the server whether it can tell of changes; without it an open stream is believed. */
  isReady?: () => Promise<Answer>;
  open?: (url: string) => Source;
  page?: Page;
  random?: () => number;
};

export class StreamClient {
  readonly #options: StreamOptions;
  readonly #page: Page;
  readonly #unlisten: () => void;
  readonly #poller: Poller;
  readonly #pulse: Pulse;
  #source: Source | null = null;
  #connection: Connection = 'connecting';
  #failures = 0;
  #isOpen = false;
  /** The present source is known to tell of changes. */
  #isProven = false;
  #wasLive = false;
  /** Ends the present source's wait: for opening, for the next sign of life, or before the next try. */
  #wait: Timer | undefined;
  #rest: Timer | undefined;

  /** Opens at once, and stays open until `stop`. */
  constructor(options: StreamOptions) {
    this.#options = options;
    this.#page = options.page ?? browserPage;
    // Once the server answers again there is no reason to sit out a back-off of half a minute.
    this.#poller = new Poller(options.resync, () => this.#connect());
    this.#pulse = new Pulse(options.isReady ?? (async () => true), answer => this.#onAnswer(answer));
    this.#unlisten = this.#page.listen(signal => this.#onSignal(signal));
    options.onConnection(this.#connection);
    if (this.#page.isHidden()) this.#restSoon();
    this.#connect();
  }

  /** Closes the stream for good; nothing is called afterwards. */
  stop(): void {
    this.#unlisten();
    this.#close();
    this.#poller.stop();
    this.#pulse.stop();
    clearTimeout(this.#rest);
  }

  #connect(): void {
    this.#close();
    const source = this.#options.open?.(this.#options.url) ?? new EventSource(this.#options.url);
    this.#source = source;
    this.#waitAtMost(OPEN_MS, () => this.#onFailure());
    source.addEventListener('open', () => this.#onOpen());
    source.addEventListener('ping', () => this.#onLife());
    for (const name of EVENT_NAMES) source.addEventListener(name, event => this.#onMessage(name, event));
  }

  #close(): void {
    clearTimeout(this.#wait);
    this.#source?.close();
    this.#source = null;
    this.#isOpen = false;
    this.#isProven = false;
  }

  #onOpen(): void {
    this.#isOpen = true;
    this.#onLife();
    if (this.#options.isReady) this.#pulse.start();
    else this.#onProof();
  }

  /** The stream is open and the server can say what happens: from here on it is believed. */
  #onProof(): void {
    if (this.#isProven) return;
    this.#isProven = true;
    this.#failures = 0;
    this.#poller.stop();
    this.#become('live');
    if (this.#wasLive || !this.#options.beginsWithState) void this.#options.resync();
    this.#wasLive = true;
  }

  /** What the server says of itself. Once the stream is closed only the way back out of a stall matters. */
  #onAnswer(answer: Answer): void {
    if (answer === false) {
      this.#isProven = false;
      this.#become('stalled');
    } else if (this.#isOpen) this.#onProof();
    else {
      this.#pulse.stop();
      if (this.#connection !== 'stalled') return;
      this.#become('reconnecting');
      this.#connect();
    }
  }

  /** `error` is also the name of an event of ours: that one carries data, a broken connection does not. */
  #onMessage(name: EventName, event: Event): void {
    if ('data' in event) {
      this.#onLife();
      this.#pulse.putOff();
      this.#onProof();
      this.#options.onEvent(name, String(event.data));
    } else this.#onFailure();
  }

  #onLife(): void {
    // Silence is no proof of loss (the browser hides the server's comments), so a stalled stream is replaced quietly.
    this.#waitAtMost(STALL_MS, () => this.#connect());
  }

  #onFailure(): void {
    this.#close();
    this.#failures += 1;
    const polling = this.#failures >= POLL_AFTER_FAILURES;
    if (polling) this.#poller.start();
    if (!this.#page.isOnline()) this.#become('offline');
    else if (this.#connection !== 'stalled') this.#become(polling ? 'polling' : 'reconnecting');
    this.#waitAtMost(backoffMs(this.#failures, this.#options.random), () => this.#connect());
  }

  #onSignal(signal: PageSignal): void {
    if (signal === 'hidden') this.#restSoon();
    if (signal === 'hidden' || this.#page.isHidden()) return;
    clearTimeout(this.#rest);
    if (this.#connection === 'resting') this.#become('reconnecting');
    // A page that stayed connected behind another tab has missed nothing. After `offline` too the truth is found by
    // trying: a server on this very machine stays reachable without a network.
    if (signal !== 'visible' || this.#connection !== 'live') this.#connect();
  }

  #restSoon(): void {
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => {
      this.#close();
      this.#poller.stop();
      this.#pulse.stop();
      this.#become('resting');
    }, REST_AFTER_MS);
  }

  #waitAtMost(ms: number, then: () => void): void {
    clearTimeout(this.#wait);
    this.#wait = setTimeout(then, ms);
  }

  #become(connection: Connection): void {
    if (connection === this.#connection) return;
    this.#connection = connection;
    this.#options.onConnection(connection);
  }
}
