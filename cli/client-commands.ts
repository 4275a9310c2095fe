// The commands that speak HTTP, each added by its own file.
import type { Command } from 'commander';
import { addCancel, addRetry } from './commands/cancel.ts';
import { addDlq } from './commands/dlq.ts';
import { addEnqueue } from './commands/enqueue.ts';
import { addLimits } from './commands/limits.ts';
import { addList } from './commands/list.ts';
import { addSchedules } from './commands/schedules.ts';
import { addShow } from './commands/show.ts';
import { addStats } from './commands/stats.ts';
import { addWatch } from './commands/watch.ts';
import { addWorkers } from './commands/workers.ts';
import type { Finish } from './session.ts';

const all = [
  addEnqueue,
  addWatch,
  addList,
  addShow,
  addCancel,
  addRetry,
  addLimits,
  addDlq,
  addWorkers,
  addSchedules,
  addStats,
];

/** Adds them to the program; `finish` runs their work. */
export function addClientCommands(program: Command, finish: Finish): void {
  for (const add of all) add(program, finish);
}
