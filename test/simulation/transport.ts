// The store in memory as a worker sees it: the same operations as worker/store.ts, each carried by a transport that says
// when it takes effect, when it is answered, and whether at all.
import { EventEmitter } from 'node:events';
import { isTerminal, LostClaim, type QueueEvents } from '../../queue/index.ts';
import { cancelledError } from '../../queue/settle.ts';
import type { Store } from '../../worker/store.ts';
import * as operations from './operations.ts';
import type { MemoryStore } from './store.ts';
import type { Random } from './world.ts';

export interface Transport {
  /** Carries an operation there and its answer back. */
  send: <Answer>(name: keyof Store, apply: () => Answer) => Promise<Answer>;
  random: Random;
  /** Lets somebody hear when a lane opens. */
  watch?: (onOpen: () => void) => void;
}

/** Where nothing is ever late or lost. */
export const direct: Transport = { send: async (_, apply) => apply(), random: () => 0 };

export function storeOver(store: MemoryStore, transport: Transport): Store {
  return {
    events: new EventEmitter<QueueEvents>(),
    ...claiming(store, transport),
    ...settling(store, transport),
    ...keeping(store, transport),
    ...maintaining(store, transport),
  };
}

function claiming(store: MemoryStore, { send, random, watch }: Transport) {
  return {
    claimTasks: async (request: Parameters<Store['claimTasks']>[0]) => {
      const { worker_id } = request;
      const picks = await send('claimTasks', () => operations.readClaimable(store, request, random));
      if (picks.length === 0) return { tasks: [], again: false, unrouted: [] };
      const claimer = { worker_id, claim: `${worker_id}.${++store.rounds}` };
      const tasks = await send('claimTasks', () => operations.writeClaim(store, picks, claimer)).catch(
        error => {
          if (store.flaws.has('claims need no answer')) return operations.presumeClaim(store, picks, claimer);
          throw error;
        },
      );
      return { tasks, again: true, unrouted: [] };
    },
    rerouteTasks: () => send('rerouteTasks', () => 0),
    watchLanes: ({ onOpen }: Parameters<Store['watchLanes']>[0]) => {
      watch?.(onOpen);
      return { mode: () => 'stream' as const, close: () => Promise.resolve() };
    },
  };
}

function settling(store: MemoryStore, { send }: Transport): Pick<Store, SettlingName> {
  return {
    completeTasks: items =>
      send('completeTasks', () =>
        items.map(({ task, result }) => store.settle(task, 'complete', { result }, 'complete without fence')),
      ),
    failTask: (task, { error, retry, outcome }) =>
      send('failTask', () => store.fail(task, error, retry?.delay_ms ?? null, outcome === 'timed_out')),
    releaseTasks: tasks => send('releaseTasks', () => tasks.map(task => store.settle(task, 'release'))),
    stopTask: task => send('stopTask', () => store.settle(task, 'stop', { error: cancelledError })),
    coolLane: (task, until) => send('coolLane', () => store.rest(task.lane, until)),
  };
}

type SettlingName = 'completeTasks' | 'failTask' | 'releaseTasks' | 'stopTask' | 'coolLane';

function keeping(store: MemoryStore, { send }: Transport): Pick<Store, KeepingName> {
  return {
    updateProgress: said =>
      send('updateProgress', () =>
        said.flatMap(({ task, progress }) => (store.say(task, progress) ? [] : [task._id])),
      ),
    async saveCheckpoint(task, state) {
      const saved = await send('saveCheckpoint', () => store.save(task, state));
      if (!saved) throw new LostClaim(task._id);
    },
    spawnTask: () => Promise.reject(new Error('Simulated tasks spawn none.')),
    async updateHeartbeat(worker_id, tasks) {
      if (tasks.length === 0) return { kept: new Set(), lost: [], cancelled: [] };
      return send('updateHeartbeat', () => operations.beat(store, worker_id, tasks));
    },
    registerWorker: row => send('registerWorker', () => operations.register(store, row)),
    beatWorker: (worker_id, running, draining) =>
      send('beatWorker', () => operations.beatRow(store, worker_id, running, draining)),
    listLiveWorkers: withinMs => send('listLiveWorkers', () => operations.liveRows(store, withinMs)),
    deregisterWorker: worker_id =>
      send('deregisterWorker', () => {
        store.workers.delete(worker_id);
      }),
  };
}

type KeepingName =
  | 'updateProgress'
  | 'saveCheckpoint'
  | 'spawnTask'
  | 'updateHeartbeat'
  | 'registerWorker'
  | 'beatWorker'
  | 'listLiveWorkers'
  | 'deregisterWorker';

function maintaining(store: MemoryStore, { send }: Transport): Pick<Store, MaintainingName> {
  return {
    holdLease: (name, holder, ttlMs) => send('holdLease', () => operations.hold(store, name, holder, ttlMs)),
    dropLease: (name, holder) =>
      send('dropLease', () => {
        if (store.leases.get(name)?.holder === holder) store.leases.delete(name);
      }),
    async recoverStaleTasks({ lease_ms }) {
      const stale = await send('recoverStaleTasks', () => operations.readStale(store, lease_ms));
      if (stale.length === 0) return [];
      return send('recoverStaleTasks', () => operations.writeRecovered(store, stale));
    },
    async promoteDueTasks() {
      const { due, next_in_ms } = await send('promoteDueTasks', () => operations.readDue(store));
      if (due.length === 0) return { promoted: 0, next_in_ms };
      const promoted = await send('promoteDueTasks', () => operations.writePromoted(store, due));
      return { promoted, next_in_ms: operations.readDue(store).next_in_ms };
    },
    // There are no jobs of rooms here.
    failOverdueInternal: () => Promise.resolve(0),
    reopenStrandedLanes: () => send('reopenStrandedLanes', () => []),
    pruneLanes: () => send('pruneLanes', () => ({ removed: 0, next: null })),
    tickSchedules: () => send('tickSchedules', () => ({ ticked: 0, next_in_ms: null })),
    forgetDeadWorkers: silentMs => send('forgetDeadWorkers', () => operations.forget(store, silentMs)),
    findLive: ids =>
      send('findLive', () => {
        const live = ids.filter(id => !isTerminal(store.tasks.get(id)?.status ?? 'failed'));
        return new Set(live);
      }),
  };
}

type MaintainingName =
  | 'holdLease'
  | 'dropLease'
  | 'recoverStaleTasks'
  | 'failOverdueInternal'
  | 'promoteDueTasks'
  | 'reopenStrandedLanes'
  | 'pruneLanes'
  | 'tickSchedules'
  | 'forgetDeadWorkers'
  | 'findLive';
