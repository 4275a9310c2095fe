// The entry of `node worker`.
import { watchSignals } from './signals.ts';

// Before the rest is loaded, which takes a while: a worker that is told to stop while it starts stops cleanly, too.
const signals = watchSignals();
const { obey } = await import('./usage.ts');
const ended = obey(process.argv.slice(2));
if (ended !== null) process.exit(ended);
const { runUntil } = await import('./run.ts');
// At once: an actor that ignored its signal may still hold timers and sockets.
process.exit(await runUntil(signals));
