// Which trace asked for a task (W3C Trace Context), as text that can be stored. Spans are made by servers and workers.
import { context, isSpanContextValid, type SpanContext, trace } from '@opentelemetry/api';

/** Version, ids and flags; what later versions say behind them is left out, and `ff` is no version. */
const form = /^(?:00(?=.{53}$)|(?!00|ff)[0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;
const longest = 1_000;

/** The span that a `traceparent` names; null for what is none, which is to be ignored. */
export function parseTraceparent(text: string): SpanContext | null {
  const [, traceId, spanId, flags] = (text.length <= longest && form.exec(text)) || [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  const span = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(span) ? span : null;
}

/** The `traceparent` of a span; undefined without one. */
export function formatTraceparent(span: SpanContext | undefined): string | undefined {
  if (!span || !isSpanContextValid(span)) return undefined;
  return `00-${span.traceId}-${span.spanId}-0${span.traceFlags & 1}`;
}

/** What a new task remembers of its trace: the one that is said, else the span that is active here, else nothing. */
export function tracedBy(said: string | undefined): { traceparent?: string } {
  const span = (said !== undefined && parseTraceparent(said)) || trace.getSpanContext(context.active());
  const traceparent = formatTraceparent(span);
  return traceparent === undefined ? {} : { traceparent };
}
