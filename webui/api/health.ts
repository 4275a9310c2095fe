// Whether the server can do its work: an open connection to it proves nothing of the database behind it.
import { BASE } from './base.ts';

/** False when the server says that it is not ready; null when it does not say anything. */
export async function isReady(): Promise<boolean | null> {
  try {
    const answer = (await (await fetch(`${BASE}/readyz`)).json()) as { ready?: unknown } | null;
    return answer?.ready !== false;
  } catch {
    return null;
  }
}
