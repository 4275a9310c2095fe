// Reading tasks for streams: what the doorbell rang for, and what a stream begins with.
import { explainWaiting, type Queue, type Task, type Waiting } from '../../queue/index.ts';
import { eventOf, type TaskEvent } from './event.ts';
import { gather } from './gather.ts';

/** Who has not seen this state of a task: 0 nobody, 1 streams over many tasks, 2 a stream that named it. */
type Interest = (task_id: string, rev: number) => 0 | 1 | 2;

/** Reads the current state of tasks; those that interest nobody are left out. */
export interface Look {
  byIds: (task_ids: readonly string[], interest?: Interest) => Promise<TaskEvent[]>;
  /** The states that a stream of these tasks begins with, read together with what others ask for at the same moment. */
  firstOf(task_ids: readonly string[]): Promise<TaskEvent[]>;
  /** The newest tasks of a run, the newest last. */
  ofRun: (workflow_run_id: string, interest?: Interest) => Promise<TaskEvent[]>;
  /** The newest tasks of all, the newest last. */
  newest: (interest?: Interest) => Promise<TaskEvent[]>;
}

/** How many tasks of a run, and of all, a stream begins with. */
const runSize = 100;
const newestSize = 200;
// To say why tasks wait costs a read per lane. A burst of new tasks must not make a thousand of them: the rest is sent
// without, and whoever wants to know of one task watches that task: places.ts tells it soon.
const maxLanes = 50;
const slim = { projection: { payload: 0, state: 0, attempts: 0 }, maxTimeMS: 2_000 } as const;

/** `onRead` is told of every state that is read. */
export function openLook(queue: Queue, onRead: (event: TaskEvent) => void = () => {}): Look {
  async function read(find: () => Promise<Task[]>, interest: Interest = () => 2): Promise<TaskEvent[]> {
    const read_at = (await queue.clock.now()).getTime();
    const tasks = (await find()).filter(task => interest(task._id, task.rev) > 0);
    const waiting = await explainSome(queue, tasks, interest);
    const events = tasks.map(task => eventOf(task, waiting.get(task._id) ?? null, read_at));
    for (const event of events) onRead(event);
    return events;
  }

  const byIds: Look['byIds'] = (task_ids, interest) =>
    read(() => queue.tasks.find({ _id: { $in: [...task_ids] } }, slim).toArray(), interest);

  return {
    byIds,
    firstOf: gather(
      task_ids => byIds(task_ids),
      event => event.task_id,
    ),
    ofRun: (workflow_run_id, interest) =>
      read(async () => {
        const found = queue.tasks
          .find({ workflow_run_id }, slim)
          .sort({ _id: -1 })
          .limit(runSize)
          .hint('run');
        return (await found.toArray()).toReversed();
      }, interest),
    newest: interest =>
      read(async () => {
        const found = queue.tasks.find({}, slim).sort({ _id: -1 }).limit(newestSize);
        return (await found.toArray()).toReversed();
      }, interest),
  };
}

async function explainSome(queue: Queue, tasks: Task[], interest: Interest): Promise<Map<string, Waiting>> {
  const pending = tasks.filter(task => task.status === 'queued' || task.status === 'scheduled');
  const rank = (task: Task) => interest(task._id, task.rev);
  const sorted = pending.toSorted((a, b) => rank(b) - rank(a));
  const lanes = new Set([...new Set(sorted.map(({ lane }) => lane))].slice(0, maxLanes));
  const chosen = sorted.filter(({ lane }) => lanes.has(lane));
  return chosen.length > 0 ? explainWaiting(queue, chosen, { maxAgeMs: 1_000 }) : new Map();
}
