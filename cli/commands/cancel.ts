// `callsheet cancel` and `callsheet retry`: one change to each of the tasks that are named.
import type { Command } from 'commander';
import { type CancelledTask, Problem } from '../../client/index.ts';
import { wordsOf } from '../client.ts';
import { clean } from '../output.ts';
import type { Finish, Session } from '../session.ts';

const words: Record<string, string> = {
  cancelled: 'cancelled',
  processing: 'asked to stop',
  queued: 'queued again',
};

interface Options {
  json?: boolean;
  children?: boolean;
}

export function addCancel(program: Command, finish: Finish): void {
  program
    .command('cancel <task_id...>')
    .description('stop tasks: pending ones at once, running ones by asking their actor')
    .option('--children', 'with all that they spawned, also where they have ended themselves')
    .option('--json', 'print what the server answers, one JSON object per line')
    .action((task_ids: string[], options: Options) =>
      finish(options, session =>
        eachOf(session, task_ids, id => session.client.cancelTask(id, { children: options.children })),
      ),
    );
}

export function addRetry(program: Command, finish: Finish): void {
  program
    .command('retry <task_id...>')
    .description('run failed or cancelled tasks again, under their own ids')
    .option('--json', 'print what the server answers, one JSON object per line')
    .action((task_ids: string[], options: { json?: boolean }) =>
      finish(options, session => eachOf(session, task_ids, id => session.client.retryTask(id))),
    );
}

/** Changes one after the other; a refusal of one does not keep the others from it. */
async function eachOf(
  session: Session,
  task_ids: string[],
  change: (task_id: string) => Promise<CancelledTask>,
): Promise<0 | 1> {
  let refused = false;
  for (const task_id of task_ids)
    try {
      const changed = await change(task_id);
      session.print(changed, `${task_id} ${words[changed.status] ?? changed.status}${below(changed)}`);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      refused = true;
      session.terminal.stderr.write(`${clean(task_id)}: ${clean(wordsOf(error))}\n`);
    }
  return refused ? 1 : 0;
}

function below({ children }: CancelledTask): string {
  if (!children) return '';
  const more = children.more ? '; there are more: ask again' : '';
  return `, with ${children.changed} below it${more}`;
}
