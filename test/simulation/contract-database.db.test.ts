// The contract of stores, on MongoDB.
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll } from 'vitest';
import { cancelTask, enqueueTask, getTask, type Queue, setLimit } from '../../queue/index.ts';
import { storeOf } from '../../worker/store.ts';
import { testQueue } from '../helpers/queue.ts';
import { type ContractBench, runContractOn } from './contract/bench.ts';
import './contract/claiming.ts';
import './contract/ending.ts';
import './contract/keeping.ts';

let queue: Queue;
beforeAll(async () => {
  queue = await testQueue();
});

async function open(): Promise<ContractBench> {
  for (const emptied of [queue.tasks, queue.workers, queue.leases]) await emptied.deleteMany({});
  await queue.lanes.updateMany({}, { $unset: { cooldown_until: 1 } });
  await setLimit(queue, 'a', 3, 'draw');
  return {
    store: storeOf(queue),
    async enqueue({ lane, ...task } = {}) {
      const payload = lane ? { key: lane } : {};
      return (await enqueueTask(queue, { actor: lane ? 'draw' : 'echo', payload, ...task })).task_id;
    },
    cancel: async task_id => void (await cancelTask(queue, task_id)),
    get: async task_id => (await getTask(queue, task_id))!,
    setLimit: (lane, limit) => setLimit(queue, lane, limit, 'draw'),
    now: async () => (await queue.clock.now()).getTime(),
    elapse: ms => pause(ms),
  };
}

runContractOn(open);
