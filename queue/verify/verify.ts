// Proving from stored history that the queue kept its promises. Reads only; may run beside working workers.
import type { Queue } from '../queue.ts';
import { type LimitedAttempt, type Malformed, readLimitedAttempts, readTasks } from './history.ts';
import { LaneCheck } from './lane-check.ts';
import { type Finding, Notebook, type VerifyReport } from './report.ts';
import { LaneSweep } from './sweep.ts';
import { checkTask } from './task-rules.ts';

export interface VerifyOptions {
  /** Called for every finding at once; the report keeps only the first ones. */
  onFinding?: (finding: Finding) => void;
  /** Called now and then with the number of rows read so far. */
  onProgress?: (rows: number) => void;
  /** How many findings the report keeps. */
  maxFindings?: number;
}

/**
 * Looks at every task by itself and at every limited lane as a whole, up to the moment of the call. Memory does not grow
 * with history; mongod sorts the limited attempts on its own disk, and says nothing while it does: the connection needs
 * `socketTimeoutMS: 0` for a history that takes it longer than 20 s.
 */
export async function verifyHistory(queue: Queue, options: VerifyOptions = {}): Promise<VerifyReport> {
  const { onFinding, onProgress, maxFindings = 100 } = options;
  const notebook = new Notebook({ onFinding, maxFindings });
  const until = await readTime(queue);
  const step = stepper(onProgress);
  await checkTasks(queue, notebook, step);
  await sweepLanes(readLimitedAttempts(queue, until), notebook, step);
  return notebook.report(until);
}

/** The database's own clock before anything was read: whatever is read as running was running then. */
async function readTime(queue: Queue): Promise<Date> {
  const { localTime } = await queue.db.command({ hello: 1 });
  if (!(localTime instanceof Date))
    throw new TypeError('The database did not tell its time (hello.localTime).');
  return localTime;
}

const stepRows = 20_000;

function stepper(onProgress: VerifyOptions['onProgress']): () => void {
  let rows = 0;
  return () => {
    if (++rows % stepRows === 0) onProgress?.(rows);
  };
}

async function checkTasks(queue: Queue, notebook: Notebook, step: () => void): Promise<void> {
  const lanes = new LaneCheck(queue, notebook);
  for await (const task of readTasks(queue)) {
    step();
    notebook.checked.tasks++;
    if ('problem' in task) {
      tellMalformed(task, notebook);
      continue;
    }
    notebook.checked.attempts += task.attempts.length + (task.status === 'processing' ? 1 : 0);
    checkTask(task, notebook);
    await lanes.add(task);
  }
  await lanes.finish();
}

function tellMalformed({ _id, lane, problem }: Malformed, notebook: Notebook): void {
  const detail = `${_id} is not a task: ${problem}.`;
  notebook.find({ kind: 'malformed', lane, task_ids: [_id], started_at: null, ended_at: null, detail });
}

/** Sweeps lane after lane over attempts that come in the order of lanes. */
export async function sweepLanes(
  attempts: AsyncIterable<LimitedAttempt> | Iterable<LimitedAttempt>,
  notebook: Notebook,
  step: () => void = () => {},
): Promise<void> {
  let lane: string | null = null;
  let sweep = new LaneSweep(notebook);
  for await (const attempt of attempts) {
    step();
    if (attempt.lane !== lane) {
      sweep.finish();
      sweep = new LaneSweep(notebook);
      lane = attempt.lane;
      notebook.checked.limited_lanes++;
    }
    notebook.checked.limited_attempts++;
    sweep.add(attempt);
  }
  sweep.finish();
}
