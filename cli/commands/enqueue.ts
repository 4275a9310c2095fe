// `callsheet enqueue`: makes a task; may wait for its end.
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { stateOf } from '../live-line.ts';
import { makeFolder } from '../media.ts';
import { parseJson, taskOptions, wholeNumber } from '../options.ts';
import { waitForEnd } from '../outcome.ts';
import type { Finish, Session } from '../session.ts';

interface Options {
  json?: boolean;
  wait?: boolean;
  out?: string;
  priority?: number;
  maxRetries?: number;
  delayMs?: number;
  runAt?: string;
  run?: string;
  tag?: string[];
  dedupeKey?: string;
}

export function addEnqueue(program: Command, finish: Finish): void {
  program
    .command('enqueue <actor> [payload]')
    .description('make a task; the payload is JSON, or - to read it from stdin')
    .option('--wait', 'show its progress until it ends; exit code 1 unless it completes')
    .option('--out <folder>', 'save the media that it makes (and wait for them)')
    .option('--priority <number>', 'higher runs first', wholeNumber)
    .option('--max-retries <number>', 'how often it is tried again after a failure', wholeNumber)
    .option('--delay-ms <number>', 'not before this many milliseconds have passed', wholeNumber)
    .option('--run-at <moment>', 'not before this moment (ISO 8601 with time zone)')
    .option('--run <id>', 'the workflow run that it belongs to')
    .option('--tag <tag...>', 'tags to find it by')
    .option('--dedupe-key <key>', 'while a live task has this key, name that one instead of making another')
    .option('--json', 'print what the server answers, as JSON')
    .action((actor: string, payload: string | undefined, options: Options) =>
      finish(options, session => enqueue(session, actor, payload ?? '{}', options), taskOptions),
    );
}

async function enqueue(session: Session, actor: string, text: string, options: Options): Promise<0 | 1> {
  const { out, wait = out !== undefined } = options;
  const payload = parseJson(text === '-' ? await readAll(process.stdin) : text);
  // Before anything is made that may cost money.
  if (out !== undefined) await makeFolder(out);
  const task = await session.client.createTask({
    actor,
    payload,
    priority: options.priority,
    max_retries: options.maxRetries,
    delay_ms: options.delayMs,
    run_at: options.runAt,
    workflow_run_id: options.run,
    tags: options.tag,
    dedupe_key: options.dedupeKey,
  });
  if (wait) return waitForEnd(session, task.task_id, { out });
  const state = stateOf({ ...task, state: 'pending', progress: null });
  session.print(task, `${task.task_id} ${state}\nSee it end: callsheet watch ${task.task_id}`);
  return 0;
}
