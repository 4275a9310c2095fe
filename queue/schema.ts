// Indexes and the validator of the collections, each line with the query it serves.
import type { CollectionInfo, Db, Document, IndexDescription } from 'mongodb';

/*
 * A partial index keeps finished tasks out: the cost of live work does not depend on history. The field of the partial
 * filter stands in the key too, because a predicate that is only implied by the filter costs a fetch.
 */
const taskIndexes: IndexDescription[] = [
  // The claim's candidates and the janitor's heads. By actor: in a lane that several share, a deep backlog of one costs the
  // claimers of the others nothing.
  {
    name: 'queued',
    key: { status: 1, actor: 1, lane: 1, priority: -1, ready_at: 1, _id: 1 },
    partialFilterExpression: { status: 'queued' },
  },
  // The limit itself: two holders of one slot cannot exist. Also the occupancy of lanes.
  { name: 'slot', key: { lane: 1, slot: 1 }, unique: true, partialFilterExpression: { slot: { $gte: 0 } } },
  // The recoverer's look at everything that runs. Not on heartbeat_at: a heartbeat then touches no index.
  { name: 'live', key: { status: 1, worker_id: 1 }, partialFilterExpression: { status: 'processing' } },
  // The promoter's next due task.
  { name: 'due', key: { status: 1, run_at: 1 }, partialFilterExpression: { status: 'scheduled' } },
  // At most one live task per dedupe key.
  {
    name: 'dedupe',
    key: { dedupe_key: 1 },
    unique: true,
    partialFilterExpression: { dedupe_key: { $gt: '' } },
  },
  // At most one task per named request, live or not.
  {
    name: 'once',
    key: { 'idempotency.key': 1 },
    unique: true,
    partialFilterExpression: { 'idempotency.key': { $gt: '' } },
  },
  /*
   * Lists, newest first (list.ts). Only the last two have keys that ever change: the inserts pay for the others, one claim
   * and one end for these.
   */
  { name: 'actor', key: { actor: 1, _id: -1 } },
  {
    name: 'run',
    key: { workflow_run_id: 1, _id: -1 },
    partialFilterExpression: { workflow_run_id: { $gt: '' } },
  },
  {
    name: 'key',
    key: { concurrency_identifier: 1, _id: -1 },
    partialFilterExpression: { concurrency_identifier: { $gt: '' } },
  },
  { name: 'tag', key: { tags: 1, _id: -1 }, partialFilterExpression: { tags: { $gt: '' } } },
  { name: 'worker', key: { worker_id: 1, _id: -1 }, partialFilterExpression: { worker_id: { $gt: '' } } },
  // All that have ended: in the order of the alphabet they come before the others, and any mongod takes a range here.
  { name: 'ended', key: { status: 1, _id: -1 }, partialFilterExpression: { status: { $lt: 'processing' } } },
  // Everything below a task. No key that ever changes, and parents before children: a walk along it misses nobody.
  {
    name: 'tree',
    key: { ancestors: 1, depth: 1, _id: 1 },
    partialFilterExpression: { parent_id: { $gt: '' } },
  },
  // What a task spawned, newest first.
  {
    name: 'children',
    key: { parent_id: 1, created_at: -1, _id: -1 },
    partialFilterExpression: { parent_id: { $gt: '' } },
  },
  // All that tasks spawned, of any statuses, newest first.
  {
    name: 'jobs',
    key: { status: 1, created_at: -1, _id: -1 },
    partialFilterExpression: { parent_id: { $gt: '' } },
  },
  // What a room asked of a job, newest first. No key that ever changes: only the insert pays.
  { name: 'room', key: { actor: 1, room: 1, _id: -1 }, partialFilterExpression: { room: { $gt: '' } } },
  // The dead letters, newest first.
  { name: 'dead', key: { dead: 1, completed_at: -1, _id: -1 }, partialFilterExpression: { dead: true } },
];

const laneIndexes: IndexDescription[] = [
  // The first read of every claim round.
  {
    name: 'waiting',
    key: { waiting: 1, paused: 1, head: -1, turn: 1 },
    partialFilterExpression: { open: true },
  },
  // The same for whoever serves very many actors; and the open lanes, for metrics.
  { name: 'open', key: { open: 1, paused: 1, head: -1, turn: 1 }, partialFilterExpression: { open: true } },
];

const scheduleIndexes: IndexDescription[] = [
  // The scheduler's next due schedules.
  { name: 'due', key: { paused: 1, next_run_at: 1 } },
];

const laneRateIndexes: IndexDescription[] = [
  // Keys come and go: a lane where nothing has ended for a day is forgotten.
  { name: 'at', key: { at: 1 }, expireAfterSeconds: 24 * 3_600 },
];

const minuteIndexes: IndexDescription[] = [
  // The last hours for the page of figures; older ones go.
  { name: 'at', key: { at: 1 }, expireAfterSeconds: 24 * 3_600 },
];

const actorIndexes: IndexDescription[] = [
  // The jobs of a room, and the actors that belong to none.
  { name: 'room', key: { room: 1, _id: 1 } },
];

/** The limit theorem, kept by mongod itself: no code path can run a limited task without one of its lane's slots. */
const taskValidator: Document = {
  $and: [
    { $or: [{ slot: { $exists: false } }, { status: 'processing' }] },
    { $or: [{ concurrency_identifier: null }, { status: { $ne: 'processing' } }, { slot: { $gte: 0 } }] },
    { $or: [{ slot: { $exists: false } }, { $expr: { $lt: ['$slot', '$concurrency_limit'] } }] },
  ],
};

/** Indexes of earlier versions, replaced by one of another name: dropped once that is there. */
const replaced = { task_queue: ['ready', 'wf', 'dlq'] };

/** Creates what is missing. An existing index of the same name and another shape is an error: give the new one a new name. */
export async function ensureSchema(db: Db): Promise<void> {
  const existing = await db.listCollections<CollectionInfo>({}, { nameOnly: false }).toArray();
  await ensureCollection(db, existing, 'task_queue', taskValidator);
  await Promise.all([
    db.collection('task_queue').createIndexes(taskIndexes),
    db.collection('lanes').createIndexes(laneIndexes),
    db.collection('lane_rates').createIndexes(laneRateIndexes),
    db.collection('figure_minutes').createIndexes(minuteIndexes),
    db.collection('schedules').createIndexes(scheduleIndexes),
    db.collection('actors').createIndexes(actorIndexes),
  ]);
  for (const [collection, names] of Object.entries(replaced))
    for (const name of names) await dropReplaced(db, collection, name);
}

/** IndexNotFound is what is wanted; while another index is built an old mongod refuses, and the next start drops it. */
const refusals = [27, 12_587];

async function dropReplaced(db: Db, collection: string, name: string): Promise<void> {
  await db
    .collection(collection)
    .dropIndex(name)
    .catch((error: unknown) => {
      const code = error instanceof Error && 'code' in error ? Number(error.code) : Number.NaN;
      if (!refusals.includes(code)) throw error;
    });
}

/** What of it is not there in this form, by name; nothing is created. Empty once `ensureSchema` has run. */
export async function missingSchema(db: Db): Promise<string[]> {
  const existing = await db.listCollections<CollectionInfo>({ name: 'task_queue' }).toArray();
  const missing =
    validatorOf(existing, 'task_queue') === JSON.stringify(taskValidator) ? [] : ['task_queue validator'];
  const wanted = {
    task_queue: taskIndexes,
    lanes: laneIndexes,
    lane_rates: laneRateIndexes,
    figure_minutes: minuteIndexes,
    schedules: scheduleIndexes,
    actors: actorIndexes,
  };
  for (const [collection, indexes] of Object.entries(wanted)) {
    const found = await db.collection(collection).listIndexes().toArray().catch(none);
    const forms = new Set(found.map(formOf));
    missing.push(
      ...indexes.filter(index => !forms.has(formOf(index))).map(({ name }) => `${collection} index ${name}`),
    );
  }
  return missing;
}

/** NamespaceNotFound: a collection that does not exist has no indexes. */
function none(error: unknown): Document[] {
  if (error instanceof Error && 'code' in error && error.code === 26) return [];
  throw error;
}

const formOf = ({ name, key, unique = false, partialFilterExpression = null }: Document) =>
  JSON.stringify([name, key, unique, partialFilterExpression]);

function validatorOf(existing: CollectionInfo[], name: string): string | undefined {
  const found = existing.find(collection => collection.name === name);
  return JSON.stringify(found && 'options' in found ? found.options?.validator : undefined);
}

async function ensureCollection(
  db: Db,
  existing: CollectionInfo[],
  name: string,
  validator: Document,
): Promise<void> {
  if (validatorOf(existing, name) === JSON.stringify(validator)) return;
  if (existing.some(collection => collection.name === name))
    return void (await db.command({ collMod: name, validator }));
  await db.createCollection(name, { validator }).catch((error: unknown) => {
    // NamespaceExists: another process created it between our look and our order.
    if (!(error instanceof Error && 'code' in error && error.code === 48)) throw error;
  });
}
