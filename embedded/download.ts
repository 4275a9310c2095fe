// Fetches MongoDB's own build with mongodb-memory-server. It runs in a process of its own: that library prints, retries and
// waits as it likes, and a process can be ended.
import { fileURLToPath } from 'node:url';
import { runCommand } from './command.ts';
import { environmentWith } from './config.ts';
import type { Fetch, OnProgress } from './progress.ts';

const LIMIT_MS = 15 * 60_000;
// The library reports every two seconds while bytes come.
const SILENCE_MS = 10_000;

const SCRIPT = `
  const { MongoBinary } = require(process.argv[1]);
  MongoBinary.getPath({ downloadDir: process.argv[2] }).then(
    path => console.log('\\nfetched ' + path),
    error => { console.error(error.message); process.exitCode = 1; },
  );
`;

/** Downloads into `directory`; null where the download host cannot be reached or has nothing for this system. */
export const downloadOfficial: Fetch = async (directory, onProgress) => {
  const library = fileURLToPath(import.meta.resolve('mongodb-memory-server'));
  const { ok, output } = await runCommand(process.execPath, ['-e', SCRIPT, library, directory], {
    env: environmentWith({
      MONGOMS_SYSTEM_BINARY: undefined,
      MONGOMS_PREFER_GLOBAL_PATH: 'false',
      MONGOMS_MAX_RETRIES: '1',
    }),
    timeoutMs: LIMIT_MS,
    idleMs: SILENCE_MS,
    onOutput: text => report(text, onProgress),
  });
  return ok ? (/^fetched (.+)$/m.exec(output)?.[1] ?? null) : null;
};

function report(text: string, onProgress: OnProgress): void {
  const figures = /\(([\d.]+)mb \/ ([\d.]+)mb\)/.exec(text);
  const [done, total] = [Number(figures?.[1]), Number(figures?.[2])];
  // The checksum's own file counts as no megabytes at all.
  if (total > 0) onProgress({ step: 'Fetching MongoDB', done, total });
}
