// The entry of `node worker`.
import { watchSignals } from './signals.ts';

// Before the rest is loaded, which takes a while: a worker that is told to stop while it starts stops cleanly, too.
const signals = watchSignals();
const { runUntil } = await import('./run.ts');
// At once: an actor that ignored its signal may still hold timers and sockets.
process.exit(await runUntil(signals));
