// The worker processes of a run: started again whenever they end, and whatever is done to them.
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { waitFor } from '../helpers/wait.ts';
import { type Child, type Children, readTail } from './children.ts';
import type { Line, Way } from './line.ts';
import type { Violations } from './violations.ts';

export interface FleetOptions {
  children: Children;
  violations: Violations;
  /** The built `worker/main.js`. */
  main: string;
  env: Record<string, string>;
  /** One worker for each; with what stands between it and MongoDB, if anything does. */
  places: readonly Place[];
}

export interface Place {
  uri: string;
  line?: Line;
}

interface Member extends Place {
  name: string;
  starts: number;
  worker_id: string;
  process: Child;
  told: 'nothing' | 'kill' | 'stop';
}

/** When a worker was killed or frozen: from then on its tasks are nobody's. */
export interface Silence {
  worker_id: string;
  at: number;
}

const restartMs = 200;
const stopMs = 60_000;

export class Fleet {
  readonly silences: Silence[] = [];
  /** Ends of processes that never got as far as working, since mongod was away. */
  failedStarts = 0;
  readonly #options: FleetOptions;
  readonly #members: Member[] = [];
  readonly #under = new Set<Promise<void>>();
  #closing = false;

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  start(): void {
    for (const [n, place] of this.#options.places.entries()) {
      const member = { ...place, name: `w${n}`, starts: 0 } as Member;
      this.#launch(member);
      this.#members.push(member);
    }
  }

  get pids(): number[] {
    return this.#members.map(member => member.process.pid);
  }

  /** `kill -9`. False when it does not run just now. */
  kill(n: number): boolean {
    const member = this.#members[n]!;
    if (member.process.isOver()) return false;
    member.told = 'kill';
    this.#noteSilence(member);
    member.process.signal('SIGKILL');
    return true;
  }

  /** SIGTERM: it drains, gives back what it holds, and ends with 0. False when it does not run, or is ending already. */
  stop(n: number): boolean {
    const member = this.#members[n]!;
    const { process } = member;
    if (member.told !== 'nothing' || process.isOver()) return false;
    member.told = 'stop';
    process.signal('SIGTERM');
    this.#track(this.#expectEnd(process));
    return true;
  }

  /** SIGSTOP for `ms`. False when it does not run just now. */
  freeze(n: number, ms: number): boolean {
    const { process } = this.#members[n]!;
    if (process.isOver()) return false;
    this.#noteSilence(this.#members[n]!);
    process.signal('SIGSTOP');
    this.#track(pause(ms).then(() => process.signal('SIGCONT')));
    return true;
  }

  /** For `ms` nothing it sends arrives, or no answer does. False when it has no line that could be held. */
  hold(n: number, way: Way, ms: number): boolean {
    const { line } = this.#members[n]!;
    line?.hold(way);
    if (line) this.#track(pause(ms).then(() => line.release(way)));
    return line !== undefined;
  }

  /** Resolves when nothing is being done to any of them, and `isUp` says that each has joined the queue. */
  async whole(isUp: (pids: number[]) => Promise<boolean>): Promise<void> {
    await Promise.all(this.#under);
    await waitFor(() => isUp(this.pids), { timeoutMs: 60_000, everyMs: 100, description: 'all workers' });
  }

  /** Stops all of them as a deployment would. */
  async close(): Promise<void> {
    this.#closing = true;
    for (let n = 0; n < this.#members.length; n++) this.stop(n);
    await Promise.all(this.#members.map(({ process }) => process.ended));
    for (const { line } of this.#members) line?.close();
  }

  #launch(member: Member): void {
    const { children, main, env } = this.#options;
    member.worker_id = `${member.name}.${++member.starts}`;
    member.told = 'nothing';
    member.process = children.start(member.worker_id, process.execPath, [main], {
      ...env,
      MONGODB_URI: member.uri,
      WORKER_ID: member.worker_id,
    });
    void this.#restart(member, member.process);
  }

  async #restart(member: Member, child: Child): Promise<void> {
    const { code, signal } = await child.ended;
    await this.#judgeEnd(member, child, code, signal);
    await pause(restartMs);
    if (!this.#closing) this.#launch(member);
  }

  async #judgeEnd(
    { told, worker_id }: Member,
    child: Child,
    code: number | null,
    signal: string | null,
  ): Promise<void> {
    // Before it listens to signals, SIGTERM just ends it.
    if (told !== 'nothing' && (code === 0 || signal === 'SIGKILL' || signal === 'SIGTERM')) return;
    const log = await readFile(child.log, 'utf8');
    if (!log.includes('"worker started"')) this.failedStarts++;
    else
      this.#options.violations.add(
        'worker',
        `${worker_id} ended with ${code ?? signal}, and was told ${told}:\n${await readTail(child)}`,
      );
  }

  async #expectEnd(child: Child): Promise<void> {
    const late = await Promise.race([child.ended.then(() => false), pause(stopMs, true, { ref: false })]);
    if (!late) return;
    this.#options.violations.add('worker', `${child.log} did not end within ${stopMs} ms of SIGTERM`);
    child.signal('SIGKILL');
  }

  #noteSilence({ worker_id }: Member): void {
    this.silences.push({ worker_id, at: Date.now() });
  }

  #track(doing: Promise<void>): void {
    this.#under.add(doing);
    void doing.finally(() => this.#under.delete(doing));
  }
}
