// A whole server in one call: database, queue, hub, app, socket; and stopping it in the right order.
import type { Logger } from 'pino';
import { openContent, openStore } from '../content/index.ts';
import { connect, openQueue } from '../queue/index.ts';
import { createApp } from './app.ts';
import type { ServerSettings } from './config.ts';
import { findDatabase } from './database.ts';
import { Hub } from './hub/hub.ts';
import { type Listener, listen } from './listen.ts';
import { logTroubles } from './log.ts';
import { RemoteWorkers } from './remote/remote-workers.ts';
import { webuiDir } from './routes/webapp.ts';

export interface RunningServer {
  url: string;
  port: number;
  /** Ends streams without a terminal event, lets requests finish, closes the database. Takes 4 s at most. */
  stop(): Promise<void>;
}

/** Starts a server. Throws NoDatabase, UnreachableDatabase, UnusableStore, CannotListen. */
export async function startServer(settings: ServerSettings, log: Logger): Promise<RunningServer> {
  const uri = settings.MONGODB_URI ?? (await findDatabase(process.cwd()));
  const connection = await connect(uri, { appName: 'callsheet-server' });
  try {
    const queue = await openQueue(connection.db);
    const { CONTENT_STORE, S3_ENDPOINT: endpoint } = settings;
    const store = await openStore(connection.db, CONTENT_STORE, { endpoint });
    const content = await openContent(connection.db, { store });
    logTroubles(queue, log);
    const hub = new Hub(queue);
    const { PUBLIC_URL: publicUrl, CALLSHEET_KEYS: keys } = settings;
    const { HEARTBEAT_MS: heartbeat_ms, LEASE_MS: lease_ms } = settings;
    const remote = new RemoteWorkers(queue, { heartbeat_ms, lease_ms });
    const app = createApp({
      queue,
      content,
      hub,
      remote,
      log,
      webuiDir,
      loopbackOnly: keys === undefined,
      maxBacklog: settings.MAX_BACKLOG,
      rateLimit: settings.RATE_LIMIT,
      ...(keys !== undefined && { keys }),
      ...(publicUrl !== undefined && { publicUrl }),
    });
    const listener = await listen(app.fetch, settings.HOST, settings.PORT);
    remote.start();
    return { url: listener.url, port: listener.port, stop: () => stop(listener, hub, remote, connection) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** `/readyz` says no from here on; nothing new is accepted; streams end, and their clients go to another server. */
async function stop(
  listener: Listener,
  hub: Hub,
  remote: RemoteWorkers,
  connection: { close(): Promise<void> },
): Promise<void> {
  const closed = listener.close();
  hub.close();
  await Promise.all([closed, remote.close()]);
  await connection.close();
}
