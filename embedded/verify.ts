// Says whether a file is a mongod that runs on this machine.
import { runCommand } from './command.ts';

const OLDEST_MAJOR = 5;

export interface MongodCheck {
  ok: boolean;
  /** Why it cannot be used, for people; empty when it can. */
  reason: string;
}

/** Runs `path --version`: only a mongod that starts on this machine and is new enough passes. */
export async function checkMongod(path: string): Promise<MongodCheck> {
  const { ok, output } = await runCommand(path, ['--version'], { timeoutMs: 20_000 });
  if (!ok) return { ok: false, reason: missingLibrary(output) ?? `${path} does not run here` };
  const major = Number(/db version v(\d+)\./.exec(output)?.[1]);
  if (!(major >= OLDEST_MAJOR))
    return { ok: false, reason: `${path} is no MongoDB ${OLDEST_MAJOR}.0 or newer` };
  return { ok: true, reason: '' };
}

function missingLibrary(output: string): string | null {
  const name = /(lib[\w.+-]+): cannot open shared object/.exec(output)?.[1];
  return name ? `mongod needs the system library ${name}, which is not installed` : null;
}
