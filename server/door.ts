// What every new task passes before it is stored: the form of the request, a known actor, the actor's own schema.
import {
  type CheckedTask,
  checkInput,
  type NewTask,
  newTaskSchema,
  recallActor,
  UnknownActor,
} from '../queue/index.ts';
import type { Parts } from './parts.ts';
import { type FieldProblem, invalid } from './problems.ts';

/** The request for one task; throws InvalidInput with pointers under `base`. */
export function readTask(value: unknown, base = ''): CheckedTask {
  return checkInput(newTaskSchema, value, base);
}

/** Throws UnknownActor, and a 422 when the payload is not what its actor takes; its pointers begin with `base`. */
export async function admitTask(parts: Parts, task: NewTask, base: string): Promise<void> {
  const actor = await recallActor(parts.queue, task.actor);
  if (!actor) throw new UnknownActor(task.actor);
  const problems = parts.checkPayload(actor, task.payload, base);
  if (problems.length > 0) throw invalid(problems);
}

/** The same for many, with the problems of all in one refusal; an unknown actor is one of them. */
export async function admitTasks(parts: Parts, tasks: readonly NewTask[]): Promise<void> {
  const problems: FieldProblem[] = [];
  for (const [index, task] of tasks.entries()) {
    const actor = await recallActor(parts.queue, task.actor);
    const at = `/tasks/${index}`;
    if (actor) problems.push(...parts.checkPayload(actor, task.payload, `${at}/payload`));
    else problems.push({ pointer: `${at}/actor`, detail: new UnknownActor(task.actor).message });
    if (problems.length >= maxProblems) break;
  }
  if (problems.length > 0) throw invalid(problems);
}

const maxProblems = 50;
