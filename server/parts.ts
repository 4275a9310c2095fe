// What every route is given, and where the app's URLs begin.
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { RequestIdVariables } from 'hono/request-id';
import { baseRoutePath } from 'hono/route';
import type { Logger } from 'pino';
import type { Content } from '../content/index.ts';
import type { Queue } from '../queue/index.ts';
import type { Key } from './auth/keys.ts';
import type { CheckPayload } from './check-payload.ts';
import type { Entry } from './entry.ts';
import type { Hub } from './hub/hub.ts';
import type { RemoteWorkers } from './remote/remote-workers.ts';

export type AppEnv = {
  /** Node's own request and response; absent, as all bindings, where the app is called without a socket. */
  Bindings: Partial<HttpBindings>;
  Variables: RequestIdVariables & {
    /** Who asks; absent where nobody is asked for a key. */
    caller?: Pick<Key, 'name' | 'scopes'>;
    /** The span of this request, else the one that its caller named. */
    traceparent?: string;
  };
};

export interface Parts {
  queue: Queue;
  content: Content;
  hub: Hub;
  remote: RemoteWorkers;
  checkPayload: CheckPayload;
  entry: Entry;
  log: Logger;
  /** Base of the URLs in answers; undefined makes them paths on this server. */
  publicUrl: string | undefined;
  /** Undefined: nobody is asked for a key. */
  keys: readonly Key[] | undefined;
}

/** The path that this app is mounted under, without a slash at its end: '' where it is mounted nowhere. */
export function mountPath(c: Context): string {
  return baseRoutePath(c).replace(/\/+$/, '');
}

/** The path of a request as the app sees it when it is mounted nowhere. */
export function pathHere(c: Context): string {
  return c.req.path.slice(mountPath(c).length) || '/';
}

/** The prefix of URLs in answers: the public address, else the path that this app is mounted under. */
export function urlBase(c: Context, { publicUrl }: Pick<Parts, 'publicUrl'>): string {
  return publicUrl ?? encodeURI(mountPath(c));
}
