// `callsheet worker`: what `node worker` runs.
import { runWorker } from '../../worker/index.ts';

/** Resolves the worker's own exit code. */
export const worker = runWorker;
