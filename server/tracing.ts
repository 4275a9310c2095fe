// A span for each request. Without an OpenTelemetry SDK in this process nothing is recorded, and what tasks remember of their
// trace is the request's own `traceparent`.
import {
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Context as TraceContext,
  trace,
} from '@opentelemetry/api';
import type { Context, MiddlewareHandler } from 'hono';
import { routePath } from 'hono/route';
import { type EnqueueOptions, formatTraceparent, parseTraceparent } from '../queue/index.ts';
import type { AppEnv } from './parts.ts';

const tracer = trace.getTracer('callsheet');

/** Opens a span for every request: its name is the method and the route's pattern, never a path, query or header. */
export function traceRequests(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const { method } = c.req;
    const around = callerOf(c.req.header('traceparent'));
    const attributes = { 'http.request.method': method };
    const span = tracer.startSpan(method, { kind: SpanKind.SERVER, attributes }, around);
    const traceparent = formatTraceparent(span.spanContext());
    if (traceparent !== undefined) c.set('traceparent', traceparent);
    try {
      await context.with(trace.setSpan(around, span), next);
    } finally {
      if (span.isRecording()) describe(span, c);
      span.end();
    }
  };
}

/** The trace that a new task is asked for in. */
export function traceOf(c: Context<AppEnv>): EnqueueOptions {
  return { traceparent: c.get('traceparent') };
}

/** What the span stands below: one that is open here already, else the one that the request names. */
function callerOf(traceparent: string | undefined): TraceContext {
  const here = context.active();
  if (trace.getSpan(here) || traceparent === undefined) return here;
  const caller = parseTraceparent(traceparent);
  return caller ? trace.setSpanContext(here, caller) : here;
}

function describe(span: Span, c: Context<AppEnv>): void {
  const route = routePath(c);
  // What no route answered went through patterns for everything.
  if (!/^\/?\*$/.test(route)) {
    span.updateName(`${c.req.method} ${route}`);
    span.setAttribute('http.route', route);
  }
  const { status } = c.res;
  span.setAttribute('http.response.status_code', status);
  if (status < 500) return;
  span.setAttribute('error.type', c.error?.name ?? String(status));
  span.setStatus({ code: SpanStatusCode.ERROR });
}
