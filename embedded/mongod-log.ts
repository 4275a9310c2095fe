// Reads what a mongod writes: when it takes connections, and what it complains of. What a complaint means is start-error.ts.
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { readTrouble } from './start-error.ts';

// More than a crash writes: its cause comes first.
const KEPT_TROUBLES = 50;
const KEPT_CHARACTERS = 500;

/**
 * Reads for as long as it runs: a full pipe would stop mongod. The latest complaints go into `troubles`.
 */
export function readLog(
  child: ChildProcess,
  troubles: string[],
  on: { listening: () => void; trouble: (text: string) => void },
): void {
  const read = (line: string) => {
    if (line.includes('Waiting for connections')) on.listening();
    // Most lines are news: to parse each would cost more than this look at its severity.
    if (line.startsWith('{') && !/"s":"[EF]"/.test(line)) return;
    const trouble = readTrouble(line);
    if (trouble === null) return;
    troubles.push(trouble.slice(0, KEPT_CHARACTERS));
    if (troubles.length > KEPT_TROUBLES) troubles.shift();
    on.trouble(trouble);
  };
  for (const input of [child.stdout, child.stderr]) if (input) createInterface({ input }).on('line', read);
}
