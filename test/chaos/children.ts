// Every process that a run starts. None outlives the run: they are ended by their pids, and when the run itself is killed, a
// guard that hears its pipe close ends them and removes its folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number;
  /** Where what it says is written. */
  readonly log: string;
  readonly ended: Promise<Ended>;
  isOver(): boolean;
  signal(signal: NodeJS.Signals): void;
}

const guardScript = `
pids=" "
while read -r what pid; do
  case $what in
    started) pids="$pids$pid " ;;
    ended) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -KILL "$pid"; done
[ -z "$1" ] || { sleep 0.3; rm -rf "$1"; }
`;

export class Children {
  /** Logs and data; removed at the end unless `keepFolder`. */
  readonly folder: string;
  readonly #guard: ChildProcess;
  readonly #alive = new Set<Child>();

  constructor(folder: string) {
    this.folder = folder;
    // A group of its own: Ctrl-C reaches all of a terminal's group, and the guard has to stay until the last.
    this.#guard = spawn('sh', ['-c', guardScript, 'guard', folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#guard.unref();
  }

  /** Starts a program; what it says goes to a file named after it. */
  start(name: string, command: string, args: string[], env: Record<string, string> = {}): Child {
    const log = join(this.folder, `${name}.log`);
    const file = openSync(log, 'a');
    const spawned = spawn(command, args, { env, stdio: ['ignore', file, file], detached: true });
    closeSync(file);
    const { pid } = spawned;
    if (pid === undefined) throw new Error(`Cannot start ${command}`);
    this.#tell(`started ${pid}`);
    const child: Child = {
      pid,
      log,
      ended: once(spawned, 'exit').then(([code, signal]) => ({ code, signal })),
      isOver: () => spawned.exitCode !== null || spawned.signalCode !== null,
      signal: signal => void spawned.kill(signal),
    };
    this.#alive.add(child);
    spawned.once('exit', () => {
      this.#alive.delete(child);
      this.#tell(`ended ${pid}`);
    });
    return child;
  }

  /** Kills what still runs; resolves when all of it has ended and the folder is gone, unless it is to be kept. */
  async endAll({ keepFolder }: { keepFolder: boolean }): Promise<void> {
    const alive = [...this.#alive];
    for (const child of alive) child.signal('SIGKILL');
    await Promise.all(alive.map(child => child.ended));
    if (keepFolder) this.#guard.kill('SIGKILL');
    this.#guard.ref();
    const gone = once(this.#guard, 'exit');
    this.#guard.stdin?.end();
    await gone;
  }

  #tell(line: string): void {
    this.#guard.stdin?.write(`${line}\n`);
  }
}

/** The end of what a child said. */
export async function readTail({ log }: Child, characters = 2_000): Promise<string> {
  return (await readFile(log, 'utf8').catch(() => '')).slice(-characters);
}
