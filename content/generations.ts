// The generation records: who asked a provider for what, and how it ended. The pictures themselves are in `contents.ts`.
//
// A generation belongs to one attempt of a task. When an attempt dies without a word (its worker was killed), the next one
// closes what it left: it is marked failed, and the bytes it may have stored are removed. They are found because their
// ids are written down before the first byte.
import { type Document, type Filter, MongoServerError } from 'mongodb';
import type { Content } from './content.ts';
import { newMetadataId } from './ids.ts';
import { discardContents } from './leftovers.ts';

export interface Generation {
  metadata_id: string;
  workflow_run_id: string;
  interaction_id: string | null;
  provider: string;
  prompt_id: string | null;
  /** `txt2img`, `img2img` or `img2vid`. */
  operation: string;
  request_params: Document;
  /** The caller's own note on where the request came from; any JSON. */
  source_data: unknown;
  /** The id of the job in the outside service. */
  provider_task_id: string | null;
  status: 'processing' | 'completed' | 'failed';
  /** The provider's answer, whatever became of its pictures. */
  response_data: unknown;
  error_message: string | null;
  /** Of the outside job: the records of two attempts that went on with one job both say it. */
  cost: { amount: number; unit: string } | null;
  /** The task and the attempt it was made for. */
  task_id: string | null;
  attempt: number;
  /** Its results; while it is processing, the ids they will get. */
  content_ids: string[];
  created_at: Date;
  /** Set when it failed, too. */
  completed_at: Date | null;
}

export type StoredGeneration = Omit<Generation, 'metadata_id'> & { _id: string };

export type NewGeneration = Pick<
  Generation,
  | 'workflow_run_id'
  | 'interaction_id'
  | 'provider'
  | 'prompt_id'
  | 'operation'
  | 'request_params'
  | 'source_data'
  | 'task_id'
  | 'attempt'
>;

export type ProviderAnswer = Pick<Generation, 'provider_task_id' | 'response_data' | 'cost' | 'content_ids'>;

/** The generation can no longer be written: a later attempt has closed it, or another one has completed the task's. */
export class GenerationClosed extends Error {
  override name = 'GenerationClosed';
  constructor(metadata_id: string) {
    super(`The generation ${metadata_id} was closed by somebody else.`);
  }
}

/** Begins a generation and resolves its id. What earlier attempts of the same task left unfinished is closed first. */
export async function startGeneration(content: Content, request: NewGeneration): Promise<string> {
  if (request.task_id !== null) await closeEarlier(content, request.task_id, request.attempt);
  const metadata_id = newMetadataId();
  await content.generations.updateOne(
    { _id: metadata_id },
    { $setOnInsert: { ...request, ...untouched }, $currentDate: { created_at: true } },
    { upsert: true },
  );
  return metadata_id;
}

const untouched = {
  provider_task_id: null,
  status: 'processing' as const,
  response_data: null,
  error_message: null,
  cost: null,
  content_ids: [],
  completed_at: null,
};

/** Failed ones too: a crash may have come between the mark and the removal of their bytes. */
async function closeEarlier(content: Content, task_id: string, attempt: number): Promise<void> {
  const earlier: Filter<StoredGeneration> = {
    task_id,
    attempt: { $lt: attempt },
    status: { $ne: 'completed' },
  };
  for await (const { _id } of content.generations.find(earlier, { projection: { _id: 1 } })) {
    await failGeneration(content, _id, `Superseded by attempt ${attempt} of its task.`);
  }
}

/** Keeps which outside job the generation waits for. Does nothing when it is closed. */
export async function recordJob(
  content: Content,
  metadata_id: string,
  job: Pick<Generation, 'provider_task_id' | 'cost'>,
): Promise<void> {
  await content.generations.updateOne(open(metadata_id), { $set: { ...job } });
}

/**
 * Keeps what the provider answered, and the ids its pictures will get; an id or a cost that it leaves out stays as it is.
 * Throws GenerationClosed.
 */
export async function recordAnswer(
  content: Content,
  metadata_id: string,
  { provider_task_id, cost, ...answer }: ProviderAnswer,
): Promise<void> {
  const said = { ...(provider_task_id !== null && { provider_task_id }), ...(cost && { cost }) };
  const { matchedCount } = await content.generations.updateOne(open(metadata_id), {
    $set: { ...answer, ...said },
  });
  if (matchedCount === 0) throw new GenerationClosed(metadata_id);
}

/** Ends a generation well: at most one of a task, which an index holds. Throws GenerationClosed. */
export async function completeGeneration(content: Content, metadata_id: string): Promise<void> {
  const end = { $set: { status: 'completed' as const }, $currentDate: { completed_at: true as const } };
  const completed = await content.generations
    .updateOne(open(metadata_id), end)
    .then(({ matchedCount }) => matchedCount === 1)
    .catch((error: unknown) => {
      if (error instanceof MongoServerError && error.code === 11000) return false;
      throw error;
    });
  if (!completed) throw new GenerationClosed(metadata_id);
}

/** Ends a generation badly and removes what it stored; one that is completed stays as it is. May be repeated. */
export async function failGeneration(
  content: Content,
  metadata_id: string,
  error_message: string,
): Promise<void> {
  await content.generations.updateOne(open(metadata_id), {
    $set: { status: 'failed', error_message },
    $currentDate: { completed_at: true },
  });
  const failed = await content.generations.findOne({ _id: metadata_id, status: 'failed' });
  if (failed) await discardContents(content, failed.content_ids);
}

const orphanBatch = 200;

/**
 * Ends, badly, the generations that a task has left open and that no later attempt will close, since the task has ended
 * or is gone; tells how many. `findLive` says which of some task ids may still go on.
 */
export async function failOrphanedGenerations(
  content: Content,
  findLive: (task_ids: string[]) => Promise<ReadonlySet<string>>,
): Promise<number> {
  let orphans = 0;
  for (let after = ''; ; ) {
    const batch = await readOpen(content, after);
    const live = await findLive(batch.map(({ task_id }) => task_id));
    const left = batch.filter(({ task_id }) => !live.has(task_id));
    for (const { _id } of left) await failGeneration(content, _id, 'Its task ended without it.');
    orphans += left.length;
    if (batch.length < orphanBatch) return orphans;
    after = batch.at(-1)!._id;
  }
}

/** Open generations of tasks, in the order of their ids. */
function readOpen({ generations }: Content, after: string): Promise<{ _id: string; task_id: string }[]> {
  const ofTasks = { status: 'processing' as const, _id: { $gt: after }, task_id: { $ne: null } };
  return generations
    .find<{ _id: string; task_id: string }>(ofTasks, { projection: { task_id: 1 } })
    .sort({ _id: 1 })
    .limit(orphanBatch)
    .hint('open')
    .toArray();
}

interface GenerationFilter {
  workflow_run_id?: string | undefined;
  status?: Generation['status'] | undefined;
  /** Only those that come after this one in the list. */
  after?: Pick<Generation, 'metadata_id' | 'created_at'> | undefined;
  limit?: number;
}

// A page of 200, and one to tell whether there are more.
const mostListed = 201;

/** Generations newest first, at most 201. Without a run a status must be given: there is an index for either. */
export async function listGenerations(
  content: Content,
  { workflow_run_id, status, after, limit = 50 }: GenerationFilter,
): Promise<Generation[]> {
  const filter: Filter<StoredGeneration> = {
    ...(workflow_run_id !== undefined && { workflow_run_id }),
    ...(status !== undefined && { status }),
    ...(after && {
      $or: [
        { created_at: { $lt: after.created_at } },
        { created_at: after.created_at, _id: { $lt: after.metadata_id } },
      ],
    }),
  };
  const found = content.generations
    .find(filter, { maxTimeMS: 5_000 })
    .sort({ created_at: -1, _id: -1 })
    .limit(Math.min(limit, mostListed));
  return (await found.toArray()).map(shown);
}

/** The generation of an id, or null. */
export async function getGeneration(content: Content, metadata_id: string): Promise<Generation | null> {
  const found = await content.generations.findOne({ _id: metadata_id });
  return found && shown(found);
}

const open = (metadata_id: string): Filter<StoredGeneration> => ({ _id: metadata_id, status: 'processing' });

function shown({ _id, ...rest }: StoredGeneration): Generation {
  return { metadata_id: _id, ...rest };
}
