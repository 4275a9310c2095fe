// What an actor gets as `runShell`: commands of one attempt, if this worker runs any.
import type { ActorContext } from '../actors/actor.ts';
import { PermanentError } from '../actors/errors.ts';
import type { Attempt } from '../attempt.ts';
import { runCommand } from './run.ts';

/** The environment that commands begin with; null where the worker runs none. */
export type ShellEnvironment = NodeJS.ProcessEnv | null;

/** Trying again on this worker cannot help. */
class ShellOff extends PermanentError {
  override name = 'ShellOff';
  constructor() {
    super(
      'This worker runs no shell commands. Start it with WORKER_SHELL=1, or startWorker({ shell: true }), to allow them.',
    );
  }
}

/** Its commands end with the attempt at the latest, also those that its actor forgot. */
export function newRunShell(
  environment: ShellEnvironment,
  attempt: Pick<Attempt, 'signal' | 'over'>,
): ActorContext['runShell'] {
  return (command, options = {}) => {
    if (environment === null) return Promise.reject(new ShellOff());
    const signal = AbortSignal.any([attempt.signal, attempt.over]);
    const running = runCommand(command, options, environment, signal);
    // One that nobody waits for is killed with its attempt, and nobody need hear of it.
    running.catch(() => {});
    return running;
  };
}
