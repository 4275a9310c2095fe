// The time as state: components that show it are drawn again when it moves on.
import { useEffect, useState } from 'react';
import { serverNow } from '../api/clock.ts';

/** The server's time in epoch ms, renewed every `everyMs`; it stands still when `everyMs` is null. */
export function useNow(everyMs: number | null): number {
  const [now, setNow] = useState(serverNow);
  useEffect(() => {
    setNow(serverNow());
    if (everyMs === null) return;
    const timer = setInterval(() => setNow(serverNow()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return now;
}
