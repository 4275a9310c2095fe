// `callsheet show`: everything about one task.
import type { Command } from 'commander';
import type { Page, Task } from '../../client/index.ts';
import { stateOf } from '../live-line.ts';
import { clean, fromNow, span, table } from '../output.ts';
import type { Finish } from '../session.ts';

export function addShow(program: Command, finish: Finish): void {
  program
    .command('show <task_id>')
    .description('show one task')
    .option('--json', 'print what the server answers, as JSON')
    .action((task_id: string, options: { json?: boolean }) =>
      finish(options, async ({ client, json, print }) => {
        const task = await client.getTask(task_id);
        const children = json
          ? noChildren
          : await client.listJobs({ parent_id: task.task_id }, { limit: shown }).page();
        print(task, [...describe(task), ...listChildren(children)].join('\n'));
        return 0;
      }),
    );
}

function describe(task: Task): string[] {
  const facts: [string, string | null][] = [
    ['task', task.task_id],
    ['actor', task.actor],
    ['state', stateOf(task)],
    [
      'key',
      task.concurrency_identifier && `${task.concurrency_identifier} (limit ${task.concurrency_limit})`,
    ],
    ['made', fromNow(task.created_at)],
    ['runs', task.run_at && fromNow(task.run_at)],
    ['started', task.started_at && fromNow(task.started_at)],
    ['ended', task.completed_at && fromNow(task.completed_at)],
    ['worker', task.worker_id],
    ['attempt', `${task.attempt}, ${task.retry_count} of ${task.max_retries} retries used`],
    ['run', task.workflow_run_id],
    ['spawned by', task.parent_id],
    ['tags', task.tags.length > 0 ? task.tags.join(', ') : null],
    ['dead letter', task.dead ? `yes: callsheet retry ${task.task_id}` : null],
    ['error', task.error && `${task.error.type}: ${task.error.message}`],
    ['payload', JSON.stringify(task.payload)],
    ['result', task.status === 'completed' ? JSON.stringify(task.result) : null],
  ];
  const lines = facts.flatMap(([name, value]) =>
    value === null ? [] : [`${name.padEnd(12)}${clean(value)}`],
  );
  return [...lines, ...attempts(task)];
}

const shown = 20;
const noChildren: Page<Task> = { items: [], next_cursor: null };

function listChildren({ items, next_cursor }: Page<Task>): string[] {
  if (items.length === 0) return [];
  const rows = items.map(child => [child.task_id, child.actor, fromNow(child.created_at), stateOf(child)]);
  const more = next_cursor === null ? [] : [`These are the latest ${shown} that it spawned.`];
  return ['', table(['SPAWNED', 'ACTOR', 'MADE', 'STATE'], rows), ...more];
}

function attempts({ attempts: all }: Task): string[] {
  if (all.length === 0) return [];
  const rows = all.map(one => [
    String(one.attempt),
    one.outcome,
    span(Date.parse(one.ended_at) - Date.parse(one.started_at)),
    one.worker_id,
    one.error ? `${one.error.type}: ${one.error.message}` : '',
  ]);
  return ['', table(['ATTEMPT', 'OUTCOME', 'TOOK', 'WORKER', 'ERROR'], rows)];
}
