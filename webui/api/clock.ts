// The server's time as seen from here: a task's times come from the database's clock, and this machine's may be wrong.

// HTTP's Date has whole seconds, and a slow answer makes it look old: smaller differences mean nothing.
const TOLERATED_MS = 5_000;
let skewMs = 0;

/** Learns from an answer's Date header how far this machine's clock is off. */
export function noteServerDate(header: string | null): void {
  const at = header === null ? Number.NaN : Date.parse(header);
  if (Number.isNaN(at)) return;
  const difference = at - Date.now();
  skewMs = Math.abs(difference) > TOLERATED_MS ? difference : 0;
}

/** The time now in epoch ms, by the server's clock as far as it is known. */
export function serverNow(): number {
  return Date.now() + skewMs;
}
