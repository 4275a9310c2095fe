// What `node server` takes on its command line.
import { obey as obeyAs } from '../queue/program/usage.ts';
import { serverSettings } from './config.ts';

const about =
  'Serves the page and the HTTP interface, on the MongoDB of MONGODB_URI or of an `npm start` in this directory.';

/** Obeys the arguments: what is asked for is said, and the exit code resolved; null when it is to run. */
export const obey = (args: readonly string[]): 0 | 2 | null =>
  obeyAs({ name: 'node server', about, shape: serverSettings.shape }, args);
