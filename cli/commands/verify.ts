// `callsheet verify`: what stored history proves, and what it cannot.
import { findMongoUri, readEmbeddedSettings } from '../../embedded/index.ts';
import { connect, type Finding, openQueue, type VerifyReport, verifyHistory } from '../../queue/index.ts';
import type { ExitCode } from '../failure.ts';
import { clean, count } from '../output.ts';
import type { Terminal } from '../session.ts';

/** Resolves 0 when history is clean, 1 when a promise was broken, 2 when there is no database to read. */
export async function verify({ json }: { json?: boolean }, terminal: Terminal): Promise<ExitCode> {
  try {
    const { directory, environment } = terminal;
    const uri = await findMongoUri({ directory, settings: readEmbeddedSettings(environment) });
    if (!uri) {
      terminal.stderr.write(
        'No database: set MONGODB_URI, or run `npm start` in this directory, which starts one.\n',
      );
      return 2;
    }
    const report = await verifyAt(uri);
    terminal.stdout.write(`${json ? JSON.stringify(report) : describe(report)}\n`);
    return report.violations > 0 ? 1 : 0;
  } catch (error) {
    // Loaded only now: it knows the errors of all rooms, and they would be a third of this process's memory.
    return (await import('../failure.ts')).explainFailure(error);
  }
}

async function verifyAt(uri: string): Promise<VerifyReport> {
  // mongod says nothing while it sorts; a dead one is noticed by the driver's own monitor.
  const connection = await connect(uri, { appName: 'callsheet-verify', socketTimeoutMS: 0, maxPoolSize: 2 });
  try {
    // Read only: a look at history creates no index.
    return await verifyHistory(await openQueue(connection.db, { ensureSchema: false }));
  } finally {
    await connection.close();
  }
}

function describe({ until, checked, violations, findings, unchecked }: VerifyReport): string {
  const lanes = count(checked.limited_lanes, 'limited lane');
  const lines = [
    `Checked ${count(checked.tasks, 'task')} up to ${until.toISOString()}:`,
    `  each by itself, with its ${count(checked.attempts, 'attempt')}: times, numbers, completions, retries, slots, statuses, lanes`,
    `  ${lanes} with ${count(checked.limited_attempts, 'attempt')}: whether a limit was exceeded, or a slot held twice`,
  ];
  if (unchecked.length > 0) lines.push('Could not decide:');
  for (const { count: cases, detail, example } of unchecked)
    lines.push(`  ${cases.toLocaleString('en')} ${detail} (${clean(example)})`);
  lines.push(
    violations === 0 ? 'No violation.' : `${count(violations, 'violation')}:`,
    ...findings.map(line),
  );
  const more = violations - findings.length;
  if (more > 0) lines.push(`  … and ${more.toLocaleString('en')} more`);
  return lines.join('\n');
}

/** Names of lanes and actors come from others: cleaned, so that they cannot write to the terminal. */
function line({ kind, lane, detail }: Finding): string {
  return clean(`${kind} in lane "${lane}": ${detail}`).replace(/^/, '  ');
}
