// A moment: how long ago, and exactly when on hover.
import { useNow } from './clock.ts';
import { formatAbsolute, formatRelative } from './time.ts';

const RENEW_MS = 10_000;

export function Moment({ at }: { at: string }) {
  const now = useNow(RENEW_MS);
  const moment = Date.parse(at);
  return (
    <time dateTime={at} title={formatAbsolute(moment)} className="whitespace-nowrap">
      {formatRelative(moment, now)}
    </time>
  );
}
