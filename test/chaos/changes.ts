// What the change stream says of tasks and lanes, in the words of the replay. Pure.
import type { ChangeStreamDocument, Document } from 'mongodb';
import type { Change, EndedAttempt, Observed } from './replay.ts';

const updated = 'updateDescription.updatedFields';
/** Where the audit leaves its marks. */
export const marks = 'chaos_marks';

/** Everything but what cannot matter: progress and results are not read. */
export const auditPipeline: Document[] = [
  {
    $match: {
      $or: [
        { 'ns.coll': 'task_queue', operationType: { $ne: 'update' } },
        { 'ns.coll': 'task_queue', [`${updated}.rev`]: { $exists: true } },
        { 'ns.coll': 'task_queue', [`${updated}.status`]: { $exists: true } },
        { 'ns.coll': 'task_queue', [`${updated}.heartbeat_at`]: { $exists: true } },
        { 'ns.coll': 'lanes', operationType: 'insert' },
        { 'ns.coll': 'lanes', [`${updated}.limit`]: { $exists: true } },
        { 'ns.coll': marks },
      ],
    },
  },
  { $project: { 'fullDocument.payload': 0, [`${updated}.result`]: 0, [`${updated}.progress`]: 0 } },
];

/** The id of the document that changed. */
export function keyOf(event: ChangeStreamDocument): string {
  return 'documentKey' in event ? String(event.documentKey._id) : '';
}

export function collectionOf(event: ChangeStreamDocument): string {
  return 'ns' in event && 'coll' in event.ns ? event.ns.coll : '';
}

/** The limit that a change of a lane set. */
export function limitOf(event: ChangeStreamDocument): number | null {
  if (event.operationType === 'insert') return event.fullDocument.limit;
  return event.operationType === 'update' ? event.updateDescription.updatedFields?.limit : null;
}

/** Null for what nothing in Callsheet does to a task: replacing or deleting it. */
export function toChange(event: ChangeStreamDocument): Change | null {
  const task_id = keyOf(event);
  if (event.operationType === 'insert')
    return { kind: 'inserted', task_id, task: pick(event.fullDocument) as Observed };
  if (event.operationType !== 'update') return null;
  const { updatedFields = {}, removedFields = [] } = event.updateDescription;
  const ended = endedIn(updatedFields);
  return {
    kind: 'updated',
    task_id,
    set: pick(updatedFields),
    unset: removedFields,
    ...(ended && { ended }),
  };
}

const observed = [
  'lane',
  'status',
  'attempt',
  'rev',
  'concurrency_identifier',
  'concurrency_limit',
  'claim',
  'slot',
  'heartbeat_at',
] as const;

function pick(fields: Document): Partial<Observed> {
  return Object.fromEntries(observed.flatMap(name => (name in fields ? [[name, fields[name]]] : [])));
}

/** The attempt that this change appended: named by its place, or the last of an array that was replaced. */
function endedIn(fields: Document): EndedAttempt | undefined {
  if (Array.isArray(fields.attempts)) return fields.attempts.at(-1);
  const place = Object.keys(fields).find(name => /^attempts\.\d+$/.test(name));
  return place === undefined ? undefined : fields[place];
}
