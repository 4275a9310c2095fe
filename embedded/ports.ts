// Finding a port of this machine that nobody listens on.
import { createServer } from 'node:net';

/**
 * Resolves a port of 127.0.0.1 that was free a moment ago: `preferred` if it is, else one that the system gives. Somebody else
 * may take it before the caller does.
 */
export async function freePort(preferred = 0): Promise<number> {
  return (
    (await tryPort(preferred)) ?? (await tryPort(0)) ?? Promise.reject(new Error('No free port on 127.0.0.1'))
  );
}

function tryPort(port: number): Promise<number | null> {
  return new Promise(resolve => {
    const probe = createServer();
    probe.once('error', () => resolve(null));
    probe.listen({ port, host: '127.0.0.1' }, () => {
      const address = probe.address();
      probe.close(() => resolve(address && typeof address === 'object' ? address.port : null));
    });
  });
}
