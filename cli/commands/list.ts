// `callsheet list`: the newest tasks.
import type { Command } from 'commander';
import type { Task, TaskFilter, TaskStatus } from '../../client/index.ts';
import { stateOf } from '../live-line.ts';
import { listOptions, wholeNumber } from '../options.ts';
import { cut, fromNow, moreOf, table } from '../output.ts';
import type { Finish, Session } from '../session.ts';

interface Options {
  json?: boolean;
  limit?: number;
  run?: string;
  status?: TaskStatus[];
  actor?: string;
  key?: string;
  tag?: string[];
  worker?: string;
  cursor?: string;
}

export function addList(program: Command, finish: Finish): void {
  program
    .command('list')
    .description('list tasks, the newest first')
    .option('--limit <number>', 'how many, at most 200', wholeNumber, 20)
    .option('--run <id>', 'only those of this workflow run')
    .option('--status <status...>', 'only those with one of these statuses')
    .option('--actor <name>', 'only those of this actor')
    .option('--key <key>', 'only those of this concurrency key')
    .option('--tag <tag...>', 'only those with all of these tags')
    .option('--worker <id>', 'only those of this worker')
    .option('--cursor <cursor>', 'the page after the one that named this cursor')
    .option('--json', 'print what the server answers, as JSON')
    .action((options: Options) => finish(options, session => list(session, options), listOptions));
}

async function list({ client, print }: Session, options: Options): Promise<0> {
  const { limit, cursor } = options;
  const page = await client.listTasks(filterOf(options), { limit }).page(cursor);
  // Of what is rare a page may be empty and the next one not.
  const none = page.next_cursor === null ? 'There are no tasks.' : 'There are none among the newest.';
  print(page, (page.items.length === 0 ? none : describe(page.items)) + moreOf(page));
  return 0;
}

function filterOf({ run: workflow_run_id, key, worker, status, actor, tag }: Options): TaskFilter {
  return { workflow_run_id, status, actor, concurrency_identifier: key, tag, worker_id: worker };
}

function describe(tasks: readonly Task[]): string {
  const rows = tasks.map(task => [task.task_id, task.actor, fromNow(task.created_at), cut(whatOf(task), 60)]);
  return table(['TASK', 'ACTOR', 'MADE', 'STATE'], rows);
}

/** The state, and of a failed task why. */
function whatOf(task: Task): string {
  return task.status === 'failed' && task.error ? `failed: ${task.error.type}` : stateOf(task);
}
