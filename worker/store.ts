// What a worker asks of its queue, as one value: the whole of what it needs of the database, and so what a test can put
// in the database's place.
import {
  beatWorker,
  claimTasks,
  completeTasks,
  coolLane,
  deregisterWorker,
  dropLease,
  failOverdueInternal,
  failTask,
  findLive,
  forgetDeadWorkers,
  holdLease,
  listLiveWorkers,
  promoteDueTasks,
  pruneLanes,
  type Queue,
  recoverStaleTasks,
  registerWorker,
  releaseTasks,
  reopenStrandedLanes,
  rerouteTasks,
  saveCheckpoint,
  spawnTask,
  stopTask,
  tickSchedules,
  updateHeartbeat,
  updateProgress,
  watchLanes,
} from '../queue/index.ts';

/** The operations of queue/, bound to one queue. */
export function storeOf(queue: Queue) {
  const bind =
    <Args extends unknown[], Answer>(operation: (queue: Queue, ...args: Args) => Answer) =>
    (...args: Args): Answer =>
      operation(queue, ...args);
  return {
    events: queue.events,
    claimTasks: bind(claimTasks),
    rerouteTasks: bind(rerouteTasks),
    watchLanes: bind(watchLanes),
    updateProgress: bind(updateProgress),
    saveCheckpoint: bind(saveCheckpoint),
    spawnTask: bind(spawnTask),
    completeTasks: bind(completeTasks),
    failTask: bind(failTask),
    releaseTasks: bind(releaseTasks),
    stopTask: bind(stopTask),
    coolLane: bind(coolLane),
    updateHeartbeat: bind(updateHeartbeat),
    registerWorker: bind(registerWorker),
    beatWorker: bind(beatWorker),
    listLiveWorkers: bind(listLiveWorkers),
    deregisterWorker: bind(deregisterWorker),
    holdLease: bind(holdLease),
    dropLease: bind(dropLease),
    recoverStaleTasks: bind(recoverStaleTasks),
    failOverdueInternal: bind(failOverdueInternal),
    promoteDueTasks: bind(promoteDueTasks),
    reopenStrandedLanes: bind(reopenStrandedLanes),
    pruneLanes: bind(pruneLanes),
    tickSchedules: bind(tickSchedules),
    forgetDeadWorkers: bind(forgetDeadWorkers),
    findLive: bind(findLive),
  };
}

export type Store = ReturnType<typeof storeOf>;
