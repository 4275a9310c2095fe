// `callsheet stats`: how the queue is doing.
import type { Command } from 'commander';
import { table } from '../output.ts';
import type { Finish } from '../session.ts';

const delay = (ms: number | null) => (ms === null ? '-' : `${ms} ms`);

export function addStats(program: Command, finish: Finish): void {
  program
    .command('stats')
    .description('say how the queue is doing, or one actor')
    .option('--actor <name>', 'only this one')
    .option('--json', 'print what the server answers, as JSON')
    .action((options: { json?: boolean; actor?: string }) =>
      finish(options, async ({ client, print }) => {
        const stats = await client.getStats({ actor: options.actor });
        const { idle_workers, busy_workers, delay_ms } = stats;
        const rows: [string, number | string][] = [
          ['running', stats.running_jobs],
          ['waiting', stats.pending_jobs],
          ['dead letters', stats.dead],
          ['workers busy', `${busy_workers} of ${idle_workers + busy_workers}`],
          ['completed in the last minute', stats.throughput_per_min],
          ['waited for a worker', `half ${delay(delay_ms.p50)}, 99 of 100 ${delay(delay_ms.p99)}`],
          ['completed in all', stats.completed],
          ['failed in all', stats.failed],
        ];
        print(
          stats,
          table(
            ['WHAT', 'NOW'],
            rows.map(([what, value]) => [what, String(value)]),
          ),
        );
        return 0;
      }),
    );
}
