// `callsheet cancel` and `callsheet retry`: one change to each of the tasks that are named.
import type { Command } from 'commander';
import { type Client, Refused } from '../client.ts';
import { clean } from '../output.ts';
import type { Finish, Session } from '../session.ts';

const words: Record<string, string> = {
  cancelled: 'cancelled',
  processing: 'asked to stop',
  queued: 'queued again',
};

export function addCancel(program: Command, finish: Finish): void {
  add(program, finish, 'cancel', 'stop tasks: pending ones at once, running ones by asking their actor');
}

export function addRetry(program: Command, finish: Finish): void {
  add(program, finish, 'retry', 'run failed or cancelled tasks again, under their own ids');
}

function add(program: Command, finish: Finish, action: 'cancel' | 'retry', description: string): void {
  program
    .command(`${action} <task_id...>`)
    .description(description)
    .option('--json', 'print what the server answers, one JSON object per line')
    .action((task_ids: string[], options: { json?: boolean }) =>
      finish(options, session => eachOf(session, task_ids, session.client[action])),
    );
}

/** Changes one after the other; a refusal of one does not keep the others from it. */
async function eachOf(session: Session, task_ids: string[], change: Client['cancel']): Promise<0 | 1> {
  let refused = false;
  for (const task_id of task_ids)
    try {
      const changed = await change(task_id);
      session.print(changed, `${task_id} ${words[changed.status] ?? changed.status}`);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      refused = true;
      session.terminal.stderr.write(`${clean(task_id)}: ${clean(error.message)}\n`);
    }
  return refused ? 1 : 0;
}
