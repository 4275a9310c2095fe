/*
 * The invariants, checked after a run from what the outsiders wrote down: the client's ledger, the provider's calls, and
 * what is stored. Pure. (I1, I4, I5 and I8 are also checked change by change, while it runs: replay.ts.)
 */
import type { Call } from './calls.ts';
import type { Entry, Ledger } from './ledger.ts';
import type { Stored } from './stored.ts';
import type { Violations } from './violations.ts';

export interface Evidence {
  ledger: Ledger;
  stored: readonly Stored[];
  calls: readonly Call[];
  /** How each task ended, by the changes. */
  ended: ReadonlyMap<string, string>;
}

const terminal: readonly string[] = ['completed', 'failed', 'cancelled'];

export function checkAll(evidence: Evidence, violations: Violations): void {
  checkStored(evidence, violations);
  checkCalls(evidence, violations);
  for (const task of evidence.stored) checkEnd(evidence, task, violations);
}

/** I3: what was acknowledged is there, once, and has ended. What was not is there at most once. */
function checkStored({ ledger, stored, ended }: Evidence, violations: Violations): void {
  const byRef = new Map<number, Stored>();
  for (const task of stored) {
    const twin = byRef.get(task.payload.ref);
    if (twin)
      violations.add('I3', `request ${task.payload.ref} was stored as ${twin._id} and as ${task._id}`);
    byRef.set(task.payload.ref, task);
    if (ended.get(task._id) !== task.status)
      violations.add(
        'I4',
        `${task._id} is ${task.status}; its changes say ${ended.get(task._id) ?? 'that it lives'}`,
      );
  }
  for (const { ref, task_id } of ledger.entries) {
    const task = byRef.get(ref);
    if (task_id && task?._id !== task_id) violations.add('I3', `${task_id} was acknowledged and is lost`);
    if (task && !terminal.includes(task.status))
      violations.add('I3', `${task._id} never ended: it is ${task.status}`);
  }
}

/** I4, I5: one call per attempt, a stored result is the answer to the attempt that completed, no checkpoint is forgotten. */
function checkCalls({ stored, calls }: Evidence, violations: Violations): void {
  const tasks = new Map(stored.map(task => [task._id, task]));
  const byAttempt = new Map<string, Call>();
  const saved = new Map<string, number>();
  for (const call of calls) {
    const { task_id, attempt, saw } = call;
    if (byAttempt.has(`${task_id} ${attempt}`))
      violations.add('I5', `attempt ${attempt} of ${task_id} was executed twice`);
    byAttempt.set(`${task_id} ${attempt}`, call);
    if (attempt > (tasks.get(task_id)?.attempt ?? 0))
      violations.add('I5', `attempt ${attempt} of ${task_id} was executed and never claimed`);
    // Calls come in the order of attempts, but for one that stood still before it called.
    const before = saved.get(task_id) ?? 0;
    if (before < attempt && saw < before)
      violations.add(
        'I5',
        `attempt ${attempt} of ${task_id} found the checkpoint of ${saw}, not that of ${before}`,
      );
    saved.set(task_id, Math.max(before, attempt));
  }
  for (const { _id, result } of stored) {
    const call = result && byAttempt.get(`${_id} ${result.attempt}`);
    if (result && call?.token !== result.token)
      violations.add('I4', `${_id} has a result that attempt ${result.attempt} did not get`);
  }
}

/** A task ends as its payload says, whatever happened on the way: trouble with machines is never blamed on it. */
function checkEnd({ ledger }: Evidence, task: Stored, violations: Violations): void {
  const wrong = (what: string) => violations.add('I4', `${task._id} ${what}`);
  const last = task.attempts.at(-1);
  if (task.attempts.some(({ attempt }, n) => attempt !== n + 1) || task.attempts.length !== task.attempt)
    wrong(
      `was claimed ${task.attempt} times and remembers ${task.attempts.map(({ attempt }) => attempt).join()}`,
    );
  if (task.status === 'completed' && (last?.outcome !== 'completed' || task.result?.attempt !== last.attempt))
    wrong(`is completed by attempt ${task.result?.attempt}; the last is ${last?.attempt}, ${last?.outcome}`);
  const completions = task.attempts.filter(({ outcome }) => outcome === 'completed').length;
  if (completions > 1) wrong(`was completed ${completions} times`);
  const entry = ledger.find(task._id);
  if (entry?.cancel === 'granted' && task.status !== 'cancelled')
    wrong(`is ${task.status} although its cancellation was granted`);
  if (entry && !mayEnd(entry, task))
    wrong(`should "${entry.does}" and is ${task.status}: ${task.error?.type}`);
}

function mayEnd({ does, cancel }: Entry, { status, error }: Stored): boolean {
  if (status === 'cancelled') return cancel === 'granted' || cancel === 'unknown' || does === 'wait its turn';
  if (does === 'fail for good') return status === 'failed' && error?.type === 'Refused';
  return status === 'completed';
}
