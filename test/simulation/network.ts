// What lies between simulated workers and their store: latency, requests and answers that get lost, requests that come
// twice or very late, cut lines and a database that is away. At a moment all of it ends.
import { MongoNetworkError } from 'mongodb';
import type { Store } from '../../worker/store.ts';
import type { MemoryStore } from './store.ts';
import type { Transport } from './transport.ts';
import type { Host, Random, World } from './world.ts';

/** Shares of the requests that this happens to, while there is trouble. */
export interface Weather {
  lostRequests: number;
  lostAnswers: number;
  twice: number;
  late: number;
  /** The process is frozen between its last look at its clock and the request. */
  frozen: number;
  /** Of what is late or frozen. */
  lateMs: number;
  lostBells: number;
}

// Of no interest here: they are answered at once, which makes a run three times as quick.
const quiet = new Set<keyof Store>([
  'rerouteTasks',
  'registerWorker',
  'beatWorker',
  'listLiveWorkers',
  'reopenStrandedLanes',
  'pruneLanes',
  'tickSchedules',
  'forgetDeadWorkers',
]);

// What is worth being late: a late heartbeat or look only makes everybody careful.
const settles = new Set<keyof Store>(['completeTasks', 'failTask', 'releaseTasks', 'stopTask']);
const exposed = new Set<keyof Store>([...settles, 'claimTasks', 'recoverStaleTasks', 'promoteDueTasks']);

const slowMs = 13;
// One for all: its stack is of no interest and costs more than the rest of a request.
const broken = new MongoNetworkError('simulated');

export class Network {
  readonly #world: World;
  readonly #random: Random;
  readonly #weather: Weather;
  readonly #calmFrom: number;
  readonly #cuts: { host: Host | null; until: number }[] = [];

  constructor(world: World, random: Random, weather: Weather, calmFrom: number) {
    this.#world = world;
    this.#random = random;
    this.#weather = weather;
    this.#calmFrom = calmFrom;
  }

  /** Cuts one host off, or everybody. */
  cut(host: Host | null, ms: number): void {
    this.#cuts.push({ host, until: this.#world.now + ms });
  }

  connect(store: MemoryStore, host: Host): Transport {
    return {
      random: this.#random,
      send: (name, apply) =>
        quiet.has(name) ? this.#sendQuietly(host, apply) : this.#send(name, host, apply),
      watch: onOpen => this.#watch(store, host, onOpen),
    };
  }

  #sendQuietly<Answer>(host: Host, apply: () => Answer): Promise<Answer> {
    if (this.#reaches(host)) return Promise.resolve(apply());
    return new Promise((_, reject) => this.#fail(host, reject));
  }

  #send<Answer>(name: keyof Store, host: Host, apply: () => Answer): Promise<Answer> {
    const { lostRequests, lostAnswers, twice } = this.#weather;
    return new Promise((resolve, reject) => {
      const reaches = this.#reaches(host);
      const again = this.#chance(twice);
      const latency = this.#latency(name, host, true);
      if (this.#chance(lostRequests)) return this.#fail(host, reject);
      this.#world.at(latency, () => {
        // What is long under way is past the cut.
        if (!(reaches && latency > slowMs) && !this.#reaches(host)) return this.#fail(host, reject);
        const answer = apply();
        if (again) this.#world.at(this.#latency(name, host), apply);
        if (this.#chance(lostAnswers)) return this.#fail(host, reject);
        this.#world.at(this.#latency(name, host), () => host.receive(() => resolve(answer)));
      });
    });
  }

  /** A connection that breaks says so at once; one that hangs takes a while. */
  #fail(host: Host, reject: (error: Error) => void): void {
    host.wronged = true;
    const ms = this.#random() < 0.5 ? 1 + this.#random() * 20 : 200 + this.#random() * 1_500;
    this.#world.at(ms, () => host.receive(() => reject(broken)));
  }

  #watch(store: MemoryStore, host: Host, onOpen: () => void): void {
    const others = store.onOpen;
    let rings = false;
    store.onOpen = () => {
      others();
      if (rings || host.dead || this.#chance(this.#weather.lostBells)) return;
      rings = true;
      this.#world.at(1 + this.#random() * 5, () => {
        rings = false;
        if (this.#reaches(host)) host.receive(onOpen);
      });
    };
  }

  #reaches(host: Host): boolean {
    return !this.#cuts.some(cut => cut.until > this.#world.now && (cut.host === null || cut.host === host));
  }

  #latency(name: keyof Store, host: Host, sends = false): number {
    const { late, lateMs, frozen } = this.#weather;
    const long = this.#random() * lateMs;
    const freezes = sends && settles.has(name) && this.#chance(frozen);
    if (freezes) host.freeze(long);
    const isLate = exposed.has(name) && this.#chance(late);
    if (isLate) host.wronged = true;
    return freezes || isLate ? long : 1 + this.#random() * (slowMs - 1);
  }

  #chance(share: number): boolean {
    return this.#random() < share && this.#world.now < this.#calmFrom;
  }
}
