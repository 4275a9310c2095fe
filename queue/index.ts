// The public surface of the queue: what a task is, and every way it can change.
export {
  actOnTasks,
  type BulkAction,
  type BulkOutcome,
  type BulkRequest,
  bulkActions,
  type TaskFilter,
} from './actions.ts';
export { type AttemptSpan, startAttemptSpan } from './attempt-span.ts';
export { type Backlog, backlogOf, countBacklog } from './backlog.ts';
export { defaultRetry, type RetryPolicy, retryDelay } from './backoff.ts';
export { type Asker, buildChecked, placesFor } from './build.ts';
export { type CancelledTree, cancelTask, cancelTree } from './cancel.ts';
export {
  type ActorDescription,
  type ActorRecord,
  type ConcurrencyRule,
  findActor,
  listActors,
  publishActors,
  recallActor,
} from './catalog.ts';
export { type Doorbell, watchLanes, watchRemoteWorkers, watchTasks } from './changes.ts';
export { type ChoreSettings, type ChoreWork, choresLease, choresTtlMs, queueChores } from './chores.ts';
export type { WorkerShare } from './claim/choose.ts';
export { type ClaimRequest, type ClaimRound, claimForAll, claimTasks } from './claim/claim.ts';
export { type Claimable, peekClaimable } from './claim/peek.ts';
export { addressOf, type Connection, connect, UnreachableDatabase } from './connect.ts';
export {
  type DeadFilter,
  type DeadGroup,
  dismissTask,
  groupDeadTasks,
  listDeadTasks,
  retryTask,
} from './dead.ts';
export { endedSo } from './ending.ts';
export { addEnds, countEnds, endFigures } from './ends.ts';
export { type EnqueuedTask, type EnqueueOptions, enqueueTask, enqueueTasks } from './enqueue.ts';
export {
  InvalidInput,
  LostClaim,
  ScheduleNotFound,
  TaskCancelled,
  TaskConflict,
  TaskNotFound,
  UnknownActor,
} from './errors.ts';
export type { QueueEvents } from './events.ts';
export {
  addFigures,
  type Figure,
  type FigureName,
  type FigureRecord,
  figureBounds,
  readFigures,
} from './figures.ts';
export { figuresText, type ShownFigure } from './figures-text.ts';
export { flushSpans } from './flush-spans.ts';
export { type Heartbeat, updateHeartbeat } from './heartbeat.ts';
export { isTaskId } from './ids.ts';
export { getJob, type JobFilter, listJobs } from './jobs.ts';
export { changeLane, type LanePatch, lanePatchSchema } from './lanes/control.ts';
export { coolLane } from './lanes/cooldown.ts';
export { reopenStrandedLanes } from './lanes/janitor.ts';
export type { Lane } from './lanes/lane.ts';
export { type LimitConflict, limitJobs, publishLimits, setLimit } from './lanes/limits.ts';
export { findLaneView, type LaneView, listLanes } from './lanes/list.ts';
export { type Pruning, pruneLanes } from './lanes/prune.ts';
export { addLaneRates, type LaneCount, newLaneTally, readPaces } from './lanes/rates.ts';
export { dropLease, holdLease } from './leases.ts';
export { type ListFilter, listTasks } from './list.ts';
export { addMinutes, type Minute, readMinutes } from './minutes.ts';
export { type CheckedTask, type NewTask, newTaskSchema } from './new-task.ts';
export { findAllOnce, findOnce, hasSaid, type Once, OnceReused } from './once.ts';
export { failOverdueInternal } from './overdue.ts';
export { checkInput } from './parse.ts';
export { newPing } from './ping.ts';
export { type ProgressValue, saveCheckpoint, updateProgress } from './progress.ts';
export { openQueue, type Queue, type QueueOptions } from './queue.ts';
export {
  countProcessing,
  findLive,
  getTask,
  getTasks,
  getTasksForWorkflow,
  peekNextTask,
  type TaskPage,
} from './read.ts';
export { promoteDueTasks, type RecoveredTask, recoverBatch, recoverStaleTasks } from './recover.ts';
export {
  addRemoteWorker,
  beatRemoteWorker,
  dropRemoteStream,
  findHeld,
  findHeldClaims,
  findRemoteWorker,
  type HeldLook,
  isRemoteId,
  lookAtAttempts,
  lookAtHeld,
  type NewRemoteWorker,
  noteRemoteWorker,
  nudgeRemoteWorker,
  type RemoteWorker,
  readRemoteStreams,
  takeRemoteStream,
} from './remote.ts';
export { type ConcurrencyInfo, rerouteTasks } from './reroute.ts';
export {
  deleteJob,
  enqueueInRoom,
  findJob,
  findJobs,
  fullNameOf,
  isScope,
  isShared,
  isVisible,
  listRoomJobs,
  listRoomTasks,
  type NewJob,
  newJobSchema,
  putJob,
  SchemaConflict,
  scopeOf,
} from './rooms.ts';
export { resolvePointer } from './route.ts';
export { categorySchema, concurrencySchema, retrySchema, timeoutsSchema } from './rules.ts';
export {
  createSchedule,
  deleteSchedule,
  getSchedule,
  listSchedules,
  newScheduleSchema,
  noteRun,
  runScheduleNow,
  type Schedule,
  schedulePatchSchema,
  tickSchedules,
  updateSchedule,
} from './schedules.ts';
export {
  completeTasks,
  type Failure,
  failTask,
  releaseTasks,
  type SettleOutcome,
  stopTask,
} from './settle.ts';
export { type ChildTask, type SpawnOptions, type SpawnRules, spawnTask } from './spawn.ts';
export { isTerminal, transitions } from './states.ts';
export { readStats, type Stats } from './stats.ts';
export { findUnstorable } from './storable.ts';
export { type Stored, storeTasks } from './store.ts';
export {
  type Attempt,
  type AttemptOutcome,
  type ClaimedTask,
  type Json,
  type JsonObject,
  type Task,
  type TaskError,
  type TaskProgress,
  type TaskStatus,
  type Timeouts,
  taskStatuses,
} from './task.ts';
export { timeoutsOf } from './timeouts.ts';
export { formatTraceparent, parseTraceparent, tracedBy } from './traceparent.ts';
export { isRefusal, isTransient } from './transient.ts';
export type { Finding, VerifyReport } from './verify/report.ts';
export { verifyHistory } from './verify/verify.ts';
export {
  type ProgressView,
  stateOf,
  type TaskState,
  type TaskUrls,
  type TaskView,
  urlsOf,
  viewProgress,
  viewTask,
} from './view.ts';
export { explainWaiting, type Waiting, type WaitingTask } from './waiting.ts';
export {
  beatWorker,
  deregisterWorker,
  forgetDeadWorkers,
  hasOwnWorker,
  isServed,
  listLiveWorkers,
  registerWorker,
  servingOf,
  shareOf,
  type WorkerRecord,
  workerAliveMs,
} from './workers.ts';
