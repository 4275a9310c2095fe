// `callsheet watch`: follows a task to its end.
import type { Command } from 'commander';
import type { TaskEvent } from '../../client/index.ts';
import { waitForEnd } from '../outcome.ts';
import type { Finish } from '../session.ts';

export function addWatch(program: Command, finish: Finish): void {
  program
    .command('watch <task_id>')
    .description('show the progress of a task until it ends; exit code 1 unless it completes')
    .option('--json', 'print each event of its stream, one JSON object per line')
    .action((task_id: string, options: { json?: boolean }) =>
      finish(options, session => {
        const print = ({ event, ...data }: TaskEvent) => session.print({ event, data }, '');
        return waitForEnd(session, task_id, options.json ? { onEvent: print } : {});
      }),
    );
}
