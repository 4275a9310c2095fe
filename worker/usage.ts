// What `node worker` takes on its command line.
import { obey as obeyAs } from '../queue/program/usage.ts';
import { workerSettings } from './config.ts';

const about =
  'Runs tasks, on the MongoDB of MONGODB_URI or of an `npm start` in this directory, until SIGTERM or Ctrl-C.';

/** Obeys the arguments: what is asked for is said, and the exit code resolved; null when it is to run. */
export const obey = (args: readonly string[]): 0 | 2 | null =>
  obeyAs({ name: 'node worker', about, shape: workerSettings.shape }, args);
