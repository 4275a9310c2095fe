// The entry of `node server`.
import { obey } from './usage.ts';

const ended = obey(process.argv.slice(2));
if (ended === null) {
  const { runServer } = await import('./run.ts');
  process.exitCode = (await runServer()) ?? undefined;
} else process.exitCode = ended;
