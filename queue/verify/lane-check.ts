// Whether the lanes of pending tasks exist and know their actors: without that no claimer would ever look there.
import type { Queue } from '../queue.ts';
import type { HistoryTask } from './history.ts';
import type { Notebook } from './report.ts';

const batch = 500;
const maxKnown = 20_000;

type Pending = Pick<HistoryTask, '_id' | 'lane' | 'actor'>;

export class LaneCheck {
  readonly #queue: Queue;
  readonly #notebook: Pick<Notebook, 'find'>;
  /** Lane and actor → the first task seen there, until it is looked up. */
  readonly #asked = new Map<string, Pending>();
  readonly #known = new Set<string>();

  constructor(queue: Queue, notebook: Pick<Notebook, 'find'>) {
    this.#queue = queue;
    this.#notebook = notebook;
  }

  /** Remembers the lane of a pending task; looks many up at once. */
  async add({ _id, lane, actor, status }: HistoryTask): Promise<void> {
    if (status !== 'queued' && status !== 'scheduled') return;
    const key = `${lane}\n${actor}`;
    if (this.#known.has(key) || this.#asked.has(key)) return;
    this.#asked.set(key, { _id, lane, actor });
    if (this.#asked.size >= batch) await this.finish();
  }

  /** Looks up what is left. */
  async finish(): Promise<void> {
    const pending = [...this.#asked.values()];
    const lanes = await this.#queue.lanes
      .find({ _id: { $in: pending.map(({ lane }) => lane) } }, { projection: { actors: 1 } })
      .toArray();
    const actors = new Map(lanes.map(lane => [lane._id, lane.actors]));
    if (this.#known.size > maxKnown) this.#known.clear();
    for (const [key, task] of this.#asked) {
      if (actors.get(task.lane)?.includes(task.actor)) this.#known.add(key);
      else this.#tell(task, actors.has(task.lane));
    }
    this.#asked.clear();
  }

  #tell({ _id, lane, actor }: Pending, exists: boolean): void {
    const detail = exists ? `a lane that does not know its actor "${actor}"` : 'a lane that does not exist';
    this.#notebook.find({
      kind: 'lane_missing',
      lane,
      task_ids: [_id],
      started_at: null,
      ended_at: null,
      detail: `${_id} waits in ${detail}: nobody will claim it.`,
    });
  }
}
