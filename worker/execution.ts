// Running an actor in this process. Nothing can stop it but itself: for actors that must be stoppable see isolated/.

import type { AnyActor } from './actors/actor.ts';
import { parsePayload } from './actors/payload.ts';
import type { Attempt } from './attempt.ts';
import { type ContextParts, newContext } from './context.ts';
import type { Ended } from './outcome.ts';

/** An actor at work. */
export interface Execution {
  /** How it ends by itself; never rejects. */
  ended: Promise<Ended>;
  /** Stops it as far as it can be stopped. Resolves when it does nothing any more, or cannot be stopped. */
  kill(): Promise<void>;
}

export function executeHere(parts: ContextParts, attempt: Attempt, actor: AnyActor): Execution {
  async function work(): Promise<unknown> {
    const payload = await parsePayload(actor.input, attempt.task.payload);
    attempt.signal.throwIfAborted();
    return actor.execute(payload as never, newContext(attempt, parts));
  }
  const ended = work().then(
    (returned): Ended => ({ returned }),
    (threw: unknown): Ended => ({ threw }),
  );
  return { ended, kill: () => Promise.resolve() };
}
