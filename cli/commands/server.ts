// `callsheet server`: what `node server` runs.
import { runServer } from '../../server/run.ts';

/** Null once the server runs: it ends the process itself. Otherwise its exit code. */
export const server = runServer;
