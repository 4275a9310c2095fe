// `npm run chaos`: runs what its options ask for, prints what was seen, exits 1 when an invariant was violated.
import { type Options, readOptions, topologies, usage } from './options.ts';
import { runOrphans } from './orphans.ts';
import { describeMachine, type Outcome, saveReport, toMarkdown } from './report.ts';
import { runStorm } from './run.ts';
import { runTasks } from './tasks.ts';

// What was started is ended by its guard as soon as this process is gone.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const options = parse();
const outcomes = await runAll(options);
const report = [describeMachine(), ...outcomes.map(toMarkdown)].join('\n\n');
console.log(report);
console.log(`Written to ${await saveReport(options.out, report)}`);
process.exit(outcomes.some(({ violations }) => violations.count > 0) ? 1 : 0);

function parse(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

async function runAll({ tasks, orphans, lease, ...rest }: Options): Promise<Outcome[]> {
  if (orphans) return [await runOrphans({ ...rest, orphans, lease_ms: lease ?? 30_000 })];
  const lease_ms = lease ?? 3_000;
  if (tasks) return [await runTasks({ ...rest, tasks, lease_ms })];
  const chosen = rest.topology === 'both' ? topologies : [rest.topology];
  const outcomes: Outcome[] = [];
  for (const topology of chosen)
    outcomes.push(await runStorm({ ...rest, topology, lease_ms, seconds: rest.seconds / chosen.length }));
  return outcomes;
}
