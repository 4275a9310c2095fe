// What an OpenTelemetry SDK still holds, before a process ends.
import { ProxyTracerProvider, trace } from '@opentelemetry/api';
import { pause, realTime } from './pace/time.ts';

/** Lets a registered SDK hand over its spans, for `withinMs` at most; without one it does nothing. Never rejects. */
export async function flushSpans(withinMs = 2_000): Promise<void> {
  const provider: unknown = trace.getTracerProvider();
  const sdk: unknown = provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
  if (!canFlush(sdk)) return;
  const done = new AbortController();
  const flushed = Promise.resolve(sdk.forceFlush()).catch(() => {});
  await Promise.race([flushed, pause(realTime, withinMs, done.signal)]);
  done.abort();
}

function canFlush(sdk: unknown): sdk is { forceFlush(): unknown } {
  return (
    typeof sdk === 'object' && sdk !== null && 'forceFlush' in sdk && typeof sdk.forceFlush === 'function'
  );
}
