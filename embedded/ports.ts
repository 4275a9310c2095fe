// Finding a port of this machine that nobody listens on.
import { createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';
const TRIES = 100;

/**
 * Resolves a port of 127.0.0.1 that was free a moment ago: `preferred` if it is, else one that the system gives. Somebody else
 * may take it before the caller does.
 */
export async function freePort(preferred = 0): Promise<number> {
  return (
    (await tryPort(preferred, LOOPBACK)) ??
    (await tryPort(0, LOOPBACK)) ??
    Promise.reject(new Error('No free port on this machine'))
  );
}

/** Resolves `from` or the first port after it that was free on `host` a moment ago; 0 (any) where a hundred are taken. */
export async function nextFreePort(from: number, host: string): Promise<number> {
  const end = Math.min(from + TRIES, 65_536);
  for (let port = from; port < end; port++) {
    if ((await tryPort(port, host)) !== null) return port;
  }
  return 0;
}

function tryPort(port: number, host: string): Promise<number | null> {
  return new Promise(resolve => {
    const probe = createServer();
    probe.once('error', () => resolve(null));
    probe.listen({ port, host }, () => {
      const address = probe.address();
      probe.close(() => resolve(address && typeof address === 'object' ? address.port : null));
    });
  });
}
