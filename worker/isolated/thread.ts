// What runs inside the thread of an isolated actor: imports its module, runs one attempt, says how it ended.
import { parentPort, workerData } from 'node:worker_threads';
import { ROOT_CONTEXT, trace, context as traces } from '@opentelemetry/api';
import { flushSpans } from '../../queue/flush-spans.ts';
import { parseTraceparent } from '../../queue/traceparent.ts';
import { actorsOf } from '../actors/exports.ts';
import { parsePayload } from '../actors/payload.ts';
import { checkResult } from '../result.ts';
import { newThreadContext } from './context.ts';
import { type FromThread, packError, type ThreadTask } from './messages.ts';

const given: ThreadTask = workerData;
const context = newThreadContext(given, parentPort!);
// As in the worker itself: a promise that the actor forgot does not end its attempt.
process.on('unhandledRejection', err =>
  context.log.error({ err }, 'a promise was rejected and nobody listened'),
);
const said = await attempt();
// The thread ends as soon as it has said how.
await flushSpans();
parentPort!.postMessage(said);

async function attempt(): Promise<FromThread> {
  try {
    const actor = actorsOf(await import(given.module)).find(({ name }) => name === given.actor);
    if (!actor) throw new Error(`The module ${given.module} exports no actor "${given.actor}".`);
    const payload = await parsePayload(actor.input, given.payload);
    context.signal.throwIfAborted();
    const returned = await traces.with(outside(), () => actor.execute(payload as never, context));
    return { say: 'returned', result: checkResult(returned).value };
  } catch (thrown) {
    return { say: 'threw', error: packError(thrown) };
  }
}

/** The span of the attempt, which is in the worker's own thread. */
function outside() {
  const span = parseTraceparent(given.traceparent ?? '');
  return span ? trace.setSpanContext(ROOT_CONTEXT, span) : ROOT_CONTEXT;
}
