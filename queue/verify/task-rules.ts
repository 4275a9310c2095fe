// What must hold for every task by itself, at any moment: each rule says what is wrong, or nothing. Pure.
import { attemptsKept } from '../states.ts';
import type { TaskStatus } from '../task.ts';
import { clockMs, statementMs } from './grain.ts';
import { countsAsRetry, type HistoryAttempt, type HistoryTask } from './history.ts';
import type { FindingKind, Notebook } from './report.ts';

/** Tells the notebook everything that is wrong with one task. */
export function checkTask(task: HistoryTask, notebook: Pick<Notebook, 'find' | 'doubt'>): void {
  const tell = (kind: FindingKind) => (detail: string) =>
    notebook.find({
      kind,
      lane: task.lane,
      task_ids: [task._id],
      ...spanOf(task),
      detail: `${task._id} ${detail}.`,
    });
  const doubt = (reason: Parameters<Notebook['doubt']>[0]) => notebook.doubt(reason, task._id);
  checkStatus(task, tell('status_disagrees'));
  checkSlots(task, tell('slot_invalid'));
  checkCompletion(task, tell('completed_twice'));
  checkTimes(task, tell('times_out_of_order'), doubt);
  checkAttempts(task, tell('attempts_out_of_order'), doubt);
  checkRetries(task, tell('retries_miscounted'), doubt);
  if (task.status === 'processing') doubt('still_running');
}

type Tell = (detail: string) => void;
type TellDoubt = (reason: Parameters<Notebook['doubt']>[0]) => void;

function spanOf({ created_at, completed_at }: HistoryTask) {
  return { started_at: created_at, ended_at: completed_at ?? null };
}

type Says = (task: HistoryTask) => boolean;
const is =
  (...statuses: TaskStatus[]): Says =>
  ({ status }) =>
    statuses.includes(status);
const has =
  (field: keyof HistoryTask): Says =>
  task =>
    task[field] !== undefined;

const pending = is('scheduled', 'queued');
const processing = is('processing');
const ended = is('completed', 'failed', 'cancelled');

/** What a status demands, and what only that status may have. */
const statusRules: [when: Says, wrong: Says, text: string][] = [
  [processing, task => !has('heartbeat_at')(task), 'has no heartbeat_at'],
  [processing, task => !has('claim')(task), 'has no claim'],
  [processing, task => !has('worker_id')(task), 'has no worker_id'],
  [processing, task => !has('started_at')(task), 'has no started_at'],
  [task => !processing(task), has('heartbeat_at'), 'has a heartbeat_at'],
  [pending, has('worker_id'), 'has a worker_id'],
  [is('scheduled'), task => !has('run_at')(task), 'has no run_at: nobody will promote it'],
  [task => !is('scheduled')(task), has('run_at'), 'has a run_at'],
  [is('completed'), task => !task.has_result, 'has no result'],
  [task => !is('completed')(task), task => task.has_result, 'has a result'],
  [is('completed'), task => task.has_error, 'has an error'],
  [is('failed', 'cancelled'), task => !task.has_error, 'has no error'],
  [task => !is('failed')(task), has('dead'), 'is a dead letter'],
  [ended, task => !has('completed_at')(task), 'has no completed_at'],
  [ended, has('dedupe_key'), 'still has its dedupe key'],
];

function checkStatus(task: HistoryTask, tell: Tell): void {
  for (const [when, wrong, text] of statusRules)
    if (when(task) && wrong(task)) tell(`is ${task.status} and ${text}`);
}

/** A slot below the limit for whoever runs, or ran, in a limited lane; none for everybody else. */
function checkSlots(task: HistoryTask, tell: Tell): void {
  const limited = task.concurrency_identifier !== null;
  const { status, slot, concurrency_limit } = task;
  if (status !== 'processing' && slot !== undefined) tell(`is ${status} and holds slot ${slot}`);
  if (status === 'processing')
    checkSlot(limited, slot, concurrency_limit ?? undefined, 'is processing', tell);
  for (const { attempt, slot, limit } of task.attempts)
    checkSlot(limited, slot, limit, `attempt ${attempt} was`, tell);
}

function checkSlot(
  limited: boolean,
  slot: number | undefined,
  limit: number | undefined,
  who: string,
  tell: Tell,
): void {
  if (!limited && slot !== undefined) tell(`${who} under no limit and has slot ${slot}`);
  if (limited && (slot === undefined || limit === undefined))
    tell(`${who} limited and has no slot or no limit`);
  else if (limited && (slot! < 0 || slot! >= limit!)) tell(`${who} in slot ${slot} of a limit of ${limit}`);
}

/** One completion at most, and nothing after it. */
function checkCompletion({ attempts, status }: HistoryTask, tell: Tell): void {
  const completions = attempts.filter(({ outcome }) => outcome === 'completed');
  const last = attempts.at(-1)?.outcome;
  if (completions.length > 1)
    tell(`was completed ${completions.length} times: ${completions.map(nameOf).join(', ')}`);
  if (status === 'completed' && last !== 'completed')
    tell(`is completed, but its last attempt is ${last ?? 'not recorded'}`);
  if (status !== 'completed' && completions.length > 0)
    tell(`is ${status}, but was completed before: ${completions.map(nameOf).join(', ')}`);
}

function nameOf({ attempt, ended_at }: HistoryAttempt): string {
  return `attempt ${attempt} at ${ended_at.toISOString()}`;
}

/** Created, started, ended, completed: in this order. */
function checkTimes(task: HistoryTask, tell: Tell, doubt: TellDoubt): void {
  const { created_at, started_at, completed_at, attempts, status } = task;
  const first = attempts[0]?.started_at ?? started_at;
  const inOrder = (a: Date | undefined, b: Date | undefined, wrong: string, toleranceMs = 0) => {
    if (a === undefined || b === undefined || a <= b) return;
    if (a.getTime() - b.getTime() <= toleranceMs) return doubt('close_times');
    tell(`${wrong} (${a.toISOString()}, ${b.toISOString()})`);
  };
  inOrder(created_at, first, 'was created after it started', clockMs);
  inOrder(created_at, completed_at, 'was created after it completed', clockMs);
  inOrder(started_at, completed_at, 'started after it completed');
  inOrder(attempts.at(-1)?.ended_at, completed_at, 'completed before its last attempt ended');
  for (const { attempt, started_at: start, ended_at } of attempts)
    inOrder(start, ended_at, `ended attempt ${attempt} before it started`);
  for (const [index, { attempt, started_at: start }] of attempts.entries())
    inOrder(
      attempts[index - 1]?.ended_at,
      start,
      `started attempt ${attempt} before the last one ended`,
      statementMs,
    );
  if (status === 'processing')
    inOrder(attempts.at(-1)?.ended_at, started_at, 'started before its last attempt ended', statementMs);
}

/** Every claim is one attempt: their numbers rise by one up to the task's own. */
function checkAttempts({ attempt, attempts, status }: HistoryTask, tell: Tell, doubt: TellDoubt): void {
  const finished = status === 'processing' ? attempt - 1 : attempt;
  const kept = Math.min(finished, attemptsKept);
  if (finished > attemptsKept) doubt('forgotten');
  if (attempts.length !== kept)
    tell(`was claimed ${attempt} times and has ${attempts.length} finished attempts`);
  const wrong = attempts.find((entry, index) => entry.attempt !== finished - attempts.length + index + 1);
  if (wrong) tell(`has attempt ${wrong.attempt} out of its place among ${attempt}`);
}

/** Each attempt that was retried, lost or out of time counts one, but not the last one of a failed task. */
function checkRetries(task: HistoryTask, tell: Tell, doubt: TellDoubt): void {
  const { attempt, attempts, status, retry_count } = task;
  if (attempt > attemptsKept) return;
  const ended = status === 'failed' ? attempts.slice(0, -1) : attempts;
  const counted = ended.filter(({ outcome }) => countsAsRetry[outcome]).length;
  if (retry_count > counted) tell(`counts ${retry_count} retries and has ${counted} attempts that count`);
  if (retry_count < counted) doubt('retries_reset');
}
