// `node server` as a function: settings, start, signals, exit codes. What a server is made of stands in start.ts.
import closeWithGrace from 'close-with-grace';
import { UnusableStore } from '../content/index.ts';
import { flushSpans, UnreachableDatabase } from '../queue/index.ts';
import { InvalidSettings } from '../queue/program/settings.ts';
import { readServerSettings, type ServerSettings } from './config.ts';
import { NoDatabase } from './database.ts';
import { CannotListen } from './listen.ts';
import { openLog } from './log.ts';
import { startServer } from './start.ts';

function admission({ CALLSHEET_KEYS: keys }: ServerSettings): string {
  if (!keys) return 'loopback only: no API keys';
  return `keys: ${keys.map(({ name }) => name).join(', ')}`;
}

/** Errors that whoever started this can mend: said in words, exit 2. */
const usage = [InvalidSettings, NoDatabase, UnreachableDatabase, UnusableStore, CannotListen];

/** Starts a server that a signal stops. Null once it runs: it ends the process by itself. 2 for what whoever started it can mend. */
export async function runServer(): Promise<2 | null> {
  try {
    const settings = readServerSettings();
    const log = openLog(settings.LOG_LEVEL);
    const server = await startServer(settings, log);
    log.info({ url: server.url }, `listening on ${server.url} (${admission(settings)})`);
    closeWithGrace({ delay: 4_800, logger: false }, async ({ signal, err }) => {
      if (err) log.fatal({ err }, 'stopping after an error');
      else log.info({ signal }, 'stopping');
      await server.stop();
      await flushSpans(500);
    });
    return null;
  } catch (error) {
    if (!usage.some(kind => error instanceof kind)) throw error;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}
