// The context of an isolated actor, inside its thread: what crosses as messages, and what cannot be there.
import type { MessagePort } from 'node:worker_threads';
import { type Logger, pino } from 'pino';
import type { ActorContext } from '../actors/actor.ts';
import { PermanentError } from '../actors/errors.ts';
import {
  type Answer,
  type Asked,
  type FromThread,
  type Question,
  type ThreadTask,
  type ToThread,
  unpackError,
} from './messages.ts';

/** The actor asked for something that belongs to the worker and cannot enter a thread: no retry can help. */
class NotInThread extends PermanentError {
  override name = 'NotInThread';
  constructor(what: string) {
    super(
      `An isolated actor has no \`context.${what}\`: it stays with the worker, outside its thread. ` +
        'Open a connection of its own in the module of the actor, or do without `isolated`.',
    );
  }
}

type Post = (message: FromThread) => void;

export function newThreadContext(given: ThreadTask, port: MessagePort): ActorContext {
  const { task_id, attempt, state, last_attempt, public_url } = given;
  const post: Post = message => port.postMessage(message);
  const abort = new AbortController();
  const waiting = new Map<number, (answer: Answer) => void>();
  const ask = newAsk(waiting, post);
  port.on('message', (message: ToThread) => {
    if (message.say === 'abort') abort.abort(unpackError(message.reason));
    else waiting.get(message.id)?.(message);
  });
  const artifacts: ActorContext['artifacts'] = { save: (...said) => ask('saveArtifact', ...said) };
  return {
    task_id,
    attempt,
    state,
    last_attempt,
    public_url,
    signal: abort.signal,
    log: newLog(given, post),
    progress: newProgress(post),
    checkpoint: (...said) => ask('checkpoint', ...said),
    spawn: (...said) => ask('spawn', ...said),
    artifacts,
    dependencies: { artifacts },
    runShell: (...said) => ask('runShell', ...said),
    get content(): never {
      throw new NotInThread('content');
    },
    get providers(): never {
      throw new NotInThread('providers');
    },
    get database(): never {
      throw new NotInThread('database');
    },
  };
}

type Answers = { [What in keyof Asked]: Awaited<ReturnType<Asked[What]>> };

/** Lets the worker do it, and gives what it answers. Rejects also what cannot be copied to it. */
function newAsk(waiting: Map<number, (answer: Answer) => void>, post: Post) {
  let last = 0;
  return async <What extends keyof Asked>(what: What, ...said: Parameters<Asked[What]>) => {
    const id = ++last;
    post({ say: 'ask', id, question: { what, said } as Question });
    const answer = await new Promise<Answer>(resolve => waiting.set(id, resolve));
    waiting.delete(id);
    if ('error' in answer) throw unpackError(answer.error);
    return answer.value as Answers[What];
  };
}

// The worker writes two values a second at most: more need not cross.
const progressMs = 50;

/** Posts the latest value, not more often than that, also out of a loop that never lets a timer ring. */
function newProgress(post: Post): ActorContext['progress'] {
  let postedAt = -Infinity;
  let waiting: NodeJS.Timeout | undefined;
  return (...value) => {
    clearTimeout(waiting);
    const say = () => {
      postedAt = performance.now();
      post({ say: 'progress', value });
    };
    const left = postedAt + progressMs - performance.now();
    if (left <= 0) say();
    else waiting = setTimeout(say, left);
    return Promise.resolve();
  };
}

// A loop that logs faster than the worker writes would fill the worker's memory.
const maxLinesPerSecond = 1_000;

/** A logger whose lines the worker writes, as if the actor ran there. */
function newLog({ log_level }: ThreadTask, post: Post): Logger {
  let second = 0;
  let lines = 0;
  const write = (line: string): void => {
    const now = Math.floor(performance.now() / 1_000);
    lines = now === second ? lines + 1 : 1;
    second = now;
    if (lines <= maxLinesPerSecond) post({ say: 'log', line });
  };
  const level = (label: string) => ({ level: label });
  return pino({ level: log_level, base: null, timestamp: false, formatters: { level } }, { write });
}
