// `callsheet limits`: the lanes, and changing their limits, pauses and rests while all of it works.
import type { Command } from 'commander';
import type { Lane, LanePatch } from '../../client/index.ts';
import { listOptions } from '../options.ts';
import { fromNow, moreOf, table } from '../output.ts';
import type { Finish, Session } from '../session.ts';
import { WrongUse } from '../wrong-use.ts';

interface Options {
  json?: boolean;
  cursor?: string;
}

export function addLimits(program: Command, finish: Finish): void {
  const limits = program
    .command('limits')
    .description('what runs and waits under each key, and how much of it may');
  const add = (usage: string, description: string, isDefault = false) =>
    limits
      .command(usage, { isDefault })
      .description(description)
      .option('--json', 'print what the server answers, as JSON');
  add('list', 'list the lanes, by key', true)
    .option('--cursor <cursor>', 'the page after the one that named this cursor')
    .action((options: Options) => finish(options, session => list(session, options), listOptions));
  const change = (options: Options, key: string, patch: () => LanePatch) =>
    finish(
      options,
      async ({ client, print }) => {
        const lane = await client.lanes.change(key, patch());
        print(lane, describe(lane));
        return 0;
      },
      patchNames,
    );
  add(
    'set <key> <limit>',
    'let so many run at once: a number, "none", or "default" for what the code says',
  ).action((key: string, limit: string, options: Options) =>
    change(options, key, () => ({ limit: readLimit(limit) })),
  );
  add('pause <key>', 'let nobody claim from a lane until it is resumed').action(
    (key: string, options: Options) => change(options, key, () => ({ paused: true })),
  );
  add('resume <key>', 'let a paused lane go on').action((key: string, options: Options) =>
    change(options, key, () => ({ paused: false })),
  );
  add(
    'cool <key> <time>',
    'let a lane rest for a time such as 90s, 10m or 2h, until a moment, or not any more: "off"',
  ).action((key: string, time: string, options: Options) =>
    change(options, key, () => ({ cooldown_until: readRest(time) })),
  );
}

const patchNames = { limit: 'The limit', cooldown_until: 'The time' };

async function list({ client, print }: Session, { cursor }: Options): Promise<0> {
  const page = await client.lanes.list({ limit: 200 }).page(cursor);
  const rows = page.items.map(lane => [
    lane.key,
    String(lane.running),
    limitOf(lane),
    String(lane.queued),
    lane.next ? fromNow(lane.next.ready_at) : '-',
    stateOf(lane) || '-',
  ]);
  const headings = ['LANE', 'RUNS', 'LIMIT', 'WAITS', 'FIRST CAME', 'STATE'];
  print(page, rows.length === 0 ? 'There are no lanes.' : table(headings, rows) + moreOf(page));
  return 0;
}

const shown = (limit: number | null) => (limit === null ? 'none' : String(limit));

function limitOf({ limit, default_limit, limit_set }: Lane): string {
  return limit_set ? `${shown(limit)} (code: ${shown(default_limit)})` : shown(limit);
}

const stateOf = ({ paused, cooldown_until }: Lane): string =>
  [paused && 'paused', cooldown_until && `rests, goes on ${fromNow(cooldown_until)}`]
    .filter(Boolean)
    .join(', ');

const describe = (lane: Lane) =>
  [`${lane.key} runs ${lane.running}`, `limit ${limitOf(lane)}`, stateOf(lane)].filter(Boolean).join(', ');

function readLimit(text: string): number | null | 'default' {
  if (text === 'default') return 'default';
  if (text === 'none') return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new WrongUse(`The limit must be a whole number, "none" or "default", not "${text}".`);
}

const units: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function readRest(text: string): string | null {
  if (text === 'off') return null;
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (unit !== undefined) return new Date(Date.now() + Number(count) * units[unit]!).toISOString();
  const moment = Date.parse(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(moment)) return new Date(moment).toISOString();
  throw new WrongUse(
    `The time must be one such as 90s, 10m or 2h, a moment such as 2030-01-31T12:00Z, or "off".`,
  );
}
