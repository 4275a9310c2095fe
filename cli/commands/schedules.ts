// `callsheet schedules`: tasks by the clock.
import type { Command } from 'commander';
import type { Schedule } from '../../client/index.ts';
import { listOptions, parseJson, wholeNumber } from '../options.ts';
import { cut, fromNow, moreOf, table } from '../output.ts';
import type { Finish, Session } from '../session.ts';

interface Options {
  json?: boolean;
  timeZone?: string;
  priority?: number;
  paused?: boolean;
  cursor?: string;
}

export function addSchedules(program: Command, finish: Finish): void {
  const schedules = program.command('schedules').description('tasks by the clock');
  const add = (usage: string, description: string, isDefault = false) =>
    schedules
      .command(usage, { isDefault })
      .description(description)
      .option('--json', 'print what the server answers, as JSON');
  add('list', 'list them, the oldest first', true)
    .option('--cursor <cursor>', 'the page after the one that named this cursor')
    .action((options: Options) => finish(options, session => list(session, options), listOptions));
  add('create <actor> <cron> [payload]', 'make one; cron has five fields, or six with seconds first')
    .option('--time-zone <name>', 'whose clock counts, such as Europe/Zurich; UTC by default')
    .option('--priority <number>', 'higher runs first', wholeNumber)
    .option('--paused', 'it makes no tasks yet')
    .action((actor: string, cron: string, payload: string | undefined, options: Options) =>
      finish(
        options,
        session => create(session, { actor, cron, payload: payload ?? '{}' }, options),
        scheduleOptions,
      ),
    );
  for (const [verb, description] of verbs)
    add(`${verb} <schedule_id>`, description).action((id: string, options: Options) =>
      finish(options, session => change[verb](session, id)),
    );
}

const scheduleOptions = { cron: 'The cron', time_zone: '--time-zone', priority: '--priority' };

const verbs = [
  ['pause', 'let one make no tasks until it is resumed'],
  ['resume', 'let one go on with its next tick'],
  ['run', 'make a task of one now, besides its ticks'],
  ['delete', 'remove one; its tasks stay'],
] as const;

async function list({ client, print }: Session, { cursor }: Options): Promise<0> {
  const page = await client.schedules.list({ limit: 200 }).page(cursor);
  const rows = page.items.map(one => [
    one.schedule_id,
    one.cron,
    one.time_zone,
    one.actor,
    one.paused ? 'paused' : fromNow(one.next_run_at),
    cut(one.last_error ?? one.last_task_id ?? '-', 60),
  ]);
  const headings = ['SCHEDULE', 'CRON', 'TIME ZONE', 'ACTOR', 'NEXT', 'LATEST'];
  print(page, rows.length === 0 ? 'There are no schedules.' : table(headings, rows) + moreOf(page));
  return 0;
}

async function create(
  { client, print }: Session,
  { actor, cron, payload }: { actor: string; cron: string; payload: string },
  { timeZone: time_zone, priority, paused }: Options,
): Promise<0> {
  const asked = { actor, cron, payload: parseJson(payload), time_zone, priority, paused };
  const made = await client.schedules.create(asked);
  print(made, describe(made));
  return 0;
}

const describe = ({ schedule_id, paused, next_run_at }: Schedule) =>
  `${schedule_id} ${paused ? 'paused' : `runs ${fromNow(next_run_at)}`}`;

async function pause({ client, print }: Session, id: string, paused: boolean): Promise<0> {
  const changed = await client.schedules.change(id, { paused });
  print(changed, describe(changed));
  return 0;
}

const change: Record<(typeof verbs)[number][0], (session: Session, id: string) => Promise<0>> = {
  pause: (session, id) => pause(session, id, true),
  resume: (session, id) => pause(session, id, false),
  async run({ client, print }, id) {
    const made = await client.schedules.run(id);
    print(made, `${made.task_id} queued`);
    return 0;
  },
  async delete({ client, print }, id) {
    await client.schedules.delete(id);
    print(null, `${id} deleted`);
    return 0;
  },
};
