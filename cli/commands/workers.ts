// `callsheet workers`: who is there to run tasks.
import type { Command } from 'commander';
import { cut, fromNow, table } from '../output.ts';
import type { Finish } from '../session.ts';

export function addWorkers(program: Command, finish: Finish): void {
  program
    .command('workers')
    .description('list the live workers')
    .option('--json', 'print what the server answers, as JSON')
    .action((options: { json?: boolean }) =>
      finish(options, async ({ client, print }) => {
        const page = await client.listWorkers({ limit: 200 }).page();
        const rows = page.items.map(worker => [
          worker.worker_id,
          `${worker.running}/${worker.capacity}${worker.draining ? ', stopping' : ''}`,
          fromNow(worker.started_at),
          fromNow(worker.heartbeat_at),
          cut(worker.actors.join(', '), 60),
        ]);
        const none = 'There is no live worker. Start one: npm start, or callsheet worker.';
        print(page, rows.length === 0 ? none : table(['WORKER', 'RUNS', 'STARTED', 'HEARD', 'ACTORS'], rows));
        return 0;
      }),
    );
}
