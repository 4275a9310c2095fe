// Whether the server can do its work: an open connection to it proves nothing of the database behind it.
import { Problem } from '../../client/index.ts';
import { client } from './client.ts';

/** False when the server says that it is not ready; null when it does not say anything. */
export async function isReady(): Promise<boolean | null> {
  try {
    return (await client.readiness()).ready;
  } catch (error) {
    return error instanceof Problem && error.status === 503 ? false : null;
  }
}
