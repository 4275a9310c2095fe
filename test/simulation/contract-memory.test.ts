// The contract of stores, on the one in memory.
import { type ContractBench, runContractOn } from './contract/bench.ts';
import './contract/claiming.ts';
import './contract/ending.ts';
import './contract/keeping.ts';
import { MemoryStore } from './store.ts';
import { direct, storeOver } from './transport.ts';

async function open(): Promise<ContractBench> {
  let now = 0;
  const memory = new MemoryStore(() => now);
  memory.setLimit('a', 3);
  memory.setLimit('b', 1);
  return {
    store: storeOver(memory, direct),
    // As in a database, no two tasks have quite the same age.
    async enqueue({ lane, delay_ms = 0, max_retries = 3, priority = 0 } = {}) {
      now++;
      const where = { actor: lane ? 'draw' : 'echo', lane: lane ?? 'echo#0' };
      return memory.enqueue({ ...where, delay_ms, max_retries, priority })._id;
    },
    cancel: async task_id => memory.cancel(task_id),
    get: async task_id => structuredClone(memory.tasks.get(task_id)!),
    setLimit: async (lane, limit) => memory.setLimit(lane, limit),
    now: async () => memory.now().getTime(),
    async elapse(ms) {
      now += ms;
    },
  };
}

runContractOn(open);
