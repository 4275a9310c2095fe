// The package `callsheet`: writing actors, enqueueing from your own process, running a worker or a server inside it.
import { findMongoUri } from './embedded/index.ts';
import { type Connection, connect as connectTo } from './queue/index.ts';

/**
 * Connects to `uri`, else MONGODB_URI, else the MongoDB that `npm start` runs in this directory. Rejects when there is
 * none, or none answers within 10 s.
 */
export async function connect(uri?: string): Promise<Connection> {
  const address = uri ?? (await findMongoUri({ directory: process.cwd() }));
  if (address) return connectTo(address);
  throw new Error(
    'No MongoDB: give connect() an address, set MONGODB_URI, or run `npm start` in this directory.',
  );
}

export * from './content/index.ts';
export {
  type Accepted,
  AnswerLostError,
  ApiClient,
  type ApiOptions,
  type Asking,
  AuthenticationError,
  type Clock,
  ContentPolicyError,
  DownloadError,
  defaultProviders,
  GenerationError,
  type GenerationRequest,
  type GenerationResult,
  GenerationTimeoutError,
  InsufficientCreditsError,
  InvalidRequestError,
  type JobSteps,
  type Look,
  type MediaAction,
  type MediaProvider,
  MediaProviderRegistry,
  NotFoundError,
  ProviderUnavailableError,
  RateLimitError,
  type Refusal,
  readParams,
  runJob,
  type SourceImage,
  type Submission,
  SubmissionUncertain,
  type Submitting,
} from './providers/index.ts';
export type * from './queue/index.ts';
export {
  type Connection,
  cancelTask,
  cancelTree,
  claimTasks,
  completeTasks,
  enqueueTask,
  enqueueTasks,
  getTask,
  getTasksForWorkflow,
  InvalidInput,
  type Json,
  type JsonObject,
  listTasks,
  type NewTask,
  openQueue,
  type Queue,
  type QueueEvents,
  type Task,
  TaskConflict,
  type TaskError,
  TaskNotFound,
  type TaskView,
  UnknownActor,
  viewTask,
} from './queue/index.ts';
export { createApp, InvalidKeys, type Key, parseKeys, type Scope, webuiDir } from './server/index.ts';
export {
  type Actor,
  ActorBase,
  type ActorContext,
  ActorRegistry,
  CooldownError,
  type Counters,
  type Dependencies,
  defineActor,
  type Histogram,
  MediaActor,
  type MediaActorOptions,
  PermanentError,
  RetryableError,
  type ShellOptions,
  type ShellResult,
  startWorker,
  type Worker,
  type WorkerOptions,
} from './worker/index.ts';
