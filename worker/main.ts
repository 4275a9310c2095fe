// The entry of `node worker`.
import { runWorker } from './run.ts';

// At once: an actor that ignored its signal may still hold timers and sockets.
process.exit(await runWorker());
