// `callsheet dlq`: the dead letters, and what becomes of them.
import type { Command } from 'commander';
import type { DeadFilter } from '../../client/index.ts';
import { listOptions, wholeNumber } from '../options.ts';
import { count, cut, fromNow, moreOf, table } from '../output.ts';
import type { Finish, Session } from '../session.ts';
import { WrongUse } from '../wrong-use.ts';

interface Options {
  json?: boolean;
  actor?: string;
  errorType?: string;
  limit?: number;
  cursor?: string;
  group?: boolean;
  all?: boolean;
  dryRun?: boolean;
}

export function addDlq(program: Command, finish: Finish): void {
  const dlq = program.command('dlq').description('the dead letters: tasks that failed for good');
  filtered(dlq.command('list', { isDefault: true }).description('list them, the latest first'))
    .option('--group', 'count them by actor and error type')
    .option('--limit <number>', 'how many, at most 200', wholeNumber, 20)
    .option('--cursor <cursor>', 'the page after the one that named this cursor')
    .action((options: Options) =>
      finish(
        options,
        session => (options.group ? showGroups(session, options) : showList(session, options)),
        listOptions,
      ),
    );
  for (const [action, description] of actions)
    filtered(dlq.command(`${action} [task_id...]`).description(description))
      .option('--all', 'all of them')
      .option('--dry-run', 'only count them')
      .action((ids: string[], options: Options) =>
        finish(options, session => act(session, action, ids, options), listOptions),
      );
}

const actions = [
  ['retry', 'run them again, under their own ids, with all their retries'],
  ['dismiss', 'take them out of the list; the tasks stay failed'],
] as const;

const filtered = (command: Command) =>
  command
    .option('--actor <name>', 'only those of this actor')
    .option('--error-type <type>', 'only those that ended with an error of this type')
    .option('--json', 'print what the server answers, as JSON');

const filterOf = ({ actor, errorType: error_type }: Options): DeadFilter => ({ actor, error_type });

async function showList({ client, print }: Session, options: Options): Promise<0> {
  const page = await client.dlq.list(filterOf(options), { limit: options.limit }).page(options.cursor);
  const rows = page.items.map(task => [
    task.task_id,
    task.actor,
    fromNow(task.completed_at),
    cut(`${task.error?.type ?? ''}: ${task.error?.message ?? ''}`, 60),
  ]);
  print(page, rows.length === 0 ? none : table(['TASK', 'ACTOR', 'FAILED', 'ERROR'], rows) + moreOf(page));
  return 0;
}

async function showGroups({ client, print }: Session, options: Options): Promise<0> {
  const groups = await client.dlq.groups(filterOf(options), { limit: 200 });
  const rows = groups.map(({ actor, error_type, count: number, latest_at }) => [
    actor,
    error_type,
    number.toLocaleString('en'),
    fromNow(latest_at),
  ]);
  const page = { items: groups, next_cursor: null };
  print(page, rows.length === 0 ? none : table(['ACTOR', 'ERROR', 'COUNT', 'LATEST'], rows));
  return 0;
}

const none = 'There are no dead letters.';
const done = { retry: 'queued again', dismiss: 'dismissed' };

async function act(
  session: Session,
  action: 'retry' | 'dismiss',
  ids: string[],
  options: Options,
): Promise<0> {
  const filter = filterOf(options);
  const filters = filter.actor !== undefined || filter.error_type !== undefined;
  if ([ids.length > 0, filters || options.all === true].filter(Boolean).length !== 1)
    throw new WrongUse('Say which dead letters: task ids, or --actor and --error-type, or --all.');
  const which = ids.length > 0 ? { ids } : { filter };
  const outcome = await session.client.dlq.act(action, which, { dry_run: options.dryRun === true });
  const { matched, changed, more } = outcome;
  const words = options.dryRun
    ? `${count(matched, 'dead letter')} would be ${done[action]}.`
    : `${count(changed, 'dead letter')} ${done[action]}.`;
  session.print(outcome, more ? `${words} There are more: run this again.` : words);
  return 0;
}
