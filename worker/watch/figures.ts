// The figures of this worker alone, for Prometheus; the sums over all workers are shown by servers. Their names begin with
// `callsheet_worker_`, so that nobody adds the two up.
import { Gauge, Registry } from 'prom-client';
import { figuresText } from '../../queue/index.ts';
import { lagReader } from '../../queue/pace/lag.ts';
import { figuresOf } from '../figures.ts';
import type { Worker } from '../worker.ts';

const prefix = 'callsheet_worker_';

/** Opens the figures of a worker. Labels are its own actors and outcomes, never a task. */
export function openFigures(worker: Worker): { contentType: string; text(): Promise<string> } {
  const registry = new Registry();
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[] = []) =>
    new Gauge({ name: prefix + name, help, labelNames, registers: [registry] });
  const held = gauge('tasks_held', 'Tasks that this worker holds now');
  const capacity = gauge('capacity', 'Tasks that this worker runs at once');
  const draining = gauge('draining', 'Whether this worker claims nothing more');
  const age = gauge('heartbeat_age_seconds', 'Since the last heartbeat that the database took');
  const lag = gauge('event_loop_lag_seconds', "Delay of this worker's event loop since the last look", [
    'quantile',
  ]);
  const readLag = lagReader();
  return {
    contentType: registry.contentType,
    async text() {
      const standing = worker.standing();
      held.set(worker.running());
      capacity.set(standing.capacity);
      draining.set(standing.draining ? 1 : 0);
      age.set(standing.heartbeat_age_ms / 1_000);
      for (const [quantile, seconds] of readLag()) lag.set({ quantile }, seconds);
      const counted = await figuresText(figuresOf(worker.counters()), prefix);
      return `${await registry.metrics()}\n${counted}`;
    },
  };
}
