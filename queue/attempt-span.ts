// A span for each attempt, linked to the trace that asked for its task. Without an OpenTelemetry SDK nothing is recorded.
import { context, isSpanContextValid, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { AttemptOutcome, ClaimedTask } from './task.ts';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

export interface AttemptSpan {
  /** Names the span to who works elsewhere; undefined without an SDK. */
  readonly traceparent: string | undefined;
  /** Runs `work` with the span active: spans that it starts are its children. */
  within<T>(work: () => T): T;
  /** `outcome` is null when nobody knows how the attempt ended. */
  end(outcome: AttemptOutcome | null, errorType: string | null): void;
}

const tracer = trace.getTracer('callsheet');
const unseen: AttemptSpan = { traceparent: undefined, within: work => work(), end() {} };

/** Opens the span of an attempt. Nothing of the payload, the result or a message is in it. */
export function startAttemptSpan({ _id, actor, attempt, parent_id, traceparent }: ClaimedTask): AttemptSpan {
  const asked = traceparent === undefined ? null : parseTraceparent(traceparent);
  const span = tracer.startSpan(`attempt ${actor}`, {
    kind: SpanKind.CONSUMER,
    root: true,
    links: asked ? [{ context: asked }] : [],
    attributes: {
      'callsheet.actor': actor,
      'callsheet.task_id': _id,
      'callsheet.attempt': attempt,
      ...(parent_id !== undefined && { 'callsheet.parent_id': parent_id }),
    },
  });
  // One that is not sampled is active all the same: its children are not sampled either.
  return isSpanContextValid(span.spanContext()) ? around(span) : unseen;
}

function around(span: Span): AttemptSpan {
  const inside = trace.setSpan(context.active(), span);
  return {
    traceparent: formatTraceparent(span.spanContext()),
    within: work => context.with(inside, work),
    end(outcome, errorType) {
      span.setAttribute('callsheet.outcome', outcome ?? 'unknown');
      if (errorType !== null) {
        span.setAttribute('error.type', errorType);
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}
