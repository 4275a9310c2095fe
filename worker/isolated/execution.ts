// Running an actor in a thread of its own, which can be ended whatever the actor does: the worker's side of it.
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { tracedBy } from '../../queue/index.ts';
import { pause, realTime } from '../../queue/pace/time.ts';
import type { ActorContext } from '../actors/actor.ts';
import type { Isolation } from '../actors/isolation.ts';
import type { Attempt } from '../attempt.ts';
import { type ContextParts, newContext } from '../context.ts';
import type { Execution } from '../execution.ts';
import type { Ended } from '../outcome.ts';
import {
  type Answer,
  type FromThread,
  packError,
  type Question,
  type ThreadTask,
  type ToThread,
  unpackError,
} from './messages.ts';

/** The thread ended before its actor did: `process.exit`, an exception that nobody caught, no memory left. */
class ThreadCrashed extends Error {
  override name = 'ThreadCrashed';
}

/** Runs one attempt in a new thread. */
export function executeIsolated(parts: ContextParts, attempt: Attempt, isolation: Isolation): Execution {
  const { signal } = attempt;
  if (signal.aborted)
    return { ended: Promise.resolve({ threw: signal.reason }), kill: () => Promise.resolve() };
  const context = newContext(attempt, parts);
  // The task may name the actor by the name of its job.
  const actor = parts.actors.get(attempt.task.actor)?.name ?? attempt.task.actor;
  const thread = startThread(isolation, attempt, actor, context);
  signal.addEventListener('abort', () => post(thread, { say: 'abort', reason: packError(signal.reason) }));
  let killed = false;
  const ended = endOf(thread, context, () => killed);
  // What the actor left running, such as a timer, would keep its thread.
  void ended.then(() => thread.terminate());
  return {
    ended,
    kill() {
      killed = true;
      return endThread(thread);
    },
  };
}

const compiled = extname(import.meta.url) === '.js';
const entry = new URL(compiled ? './thread.js' : './from-source.mjs', import.meta.url);

function startThread(
  { module, memory_mb }: Isolation,
  { task }: Attempt,
  actor: string,
  context: ActorContext,
): Worker {
  const { task_id, attempt, state, last_attempt, public_url, log } = context;
  const { payload } = task;
  const known = { task_id, attempt, state, last_attempt, public_url, ...tracedBy(undefined) };
  const given = { module, actor, payload, ...known, log_level: log.level };
  return new Worker(entry, {
    name: task_id,
    workerData: given satisfies ThreadTask,
    resourceLimits: { maxOldGenerationSizeMb: memory_mb },
  });
}

function endOf(thread: Worker, context: ActorContext, killed: () => boolean): Promise<Ended> {
  return new Promise(resolve => {
    const end = (ended: Ended | null) => {
      if (ended && !killed()) resolve(ended);
    };
    const crash = (how: string, cause?: unknown) =>
      end({ threw: new ThreadCrashed(`The thread of its actor ended by itself: ${how}`, { cause }) });
    thread.on('message', (message: FromThread) => end(receive(thread, context, message)));
    thread.on('error', error => crash(error.message, error));
    thread.on('exit', code => crash(`exit code ${code}.`));
  });
}

/** Does what the thread asks for; the end of the attempt when that is what it says. */
function receive(thread: Worker, context: ActorContext, message: FromThread): Ended | null {
  switch (message.say) {
    case 'progress':
      void context.progress(...message.value);
      return null;
    case 'log':
      writeLine(context.log, message.line);
      return null;
    case 'ask':
      void answer(thread, context, message);
      return null;
    case 'returned':
      return { returned: message.result };
    case 'threw':
      return { threw: unpackError(message.error) };
  }
}

async function answer(
  thread: Worker,
  context: ActorContext,
  { id, question }: FromThread & { say: 'ask' },
): Promise<void> {
  const answered = await ask(context, question).then(
    (value): Answer => ({ value }),
    (error: unknown): Answer => ({ error: packError(error) }),
  );
  post(thread, { say: 'answer', id, ...answered });
}

function ask(context: ActorContext, { what, said }: Question): Promise<unknown> {
  switch (what) {
    case 'checkpoint':
      return context.checkpoint(...said);
    case 'spawn':
      return context.spawn(...said);
    case 'runShell':
      return context.runShell(...said);
    case 'saveArtifact':
      return context.artifacts.save(...said);
  }
}

const levels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

function writeLine(log: Logger, line: string): void {
  const { level, msg, ...fields }: { level?: unknown; msg?: unknown } = JSON.parse(line);
  log[levels.find(known => known === level) ?? 'info'](fields, typeof msg === 'string' ? msg : undefined);
}

function post(thread: Worker, message: ToThread): void {
  thread.postMessage(message);
}

/** A thread that hangs in native code may take its time to end; its attempt does not wait for it longer than this. */
const patienceMs = 1_000;

async function endThread(thread: Worker): Promise<void> {
  const ended = new AbortController();
  const gone = thread.terminate().then(() => ended.abort());
  await Promise.race([gone, pause(realTime, patienceMs, ended.signal)]);
}
