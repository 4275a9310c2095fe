// `callsheet verify`: what stored history proves, and what it cannot.
import { stdout } from 'node:process';
import { findMongoUri } from '../../embedded/index.ts';
import { connect, openQueue } from '../../queue/index.ts';
import type { Finding, VerifyReport } from '../../queue/verify/report.ts';
import { verifyHistory } from '../../queue/verify/verify.ts';
import type { ExitCode } from '../failure.ts';

/** Resolves 0 when history is clean, 1 when a promise was broken, 2 when there is no database to read. */
export async function verify({ json }: { json?: boolean }): Promise<ExitCode> {
  try {
    const uri = await findMongoUri({ directory: process.cwd() });
    if (!uri) {
      process.stderr.write(
        'No database: set MONGODB_URI, or run `npm start` in this directory, which starts one.\n',
      );
      return 2;
    }
    const report = await verifyAt(uri);
    stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : describe(report));
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

const count = (number: number, noun: string) =>
  `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;

function describe({ until, checked, violations, findings, unchecked }: VerifyReport): string {
  const lanes = count(checked.limited_lanes, 'limited lane');
  const lines = [
    `Checked ${count(checked.tasks, 'task')} up to ${until.toISOString()}:`,
    `  each task by itself, with its ${count(checked.attempts, 'attempt')}: times, numbers, completions, retries, slots, statuses, lanes`,
    `  ${lanes} with ${count(checked.limited_attempts, 'attempt')}: limits never exceeded, no slot held twice`,
  ];
  if (unchecked.length > 0) lines.push('Could not decide:');
  for (const doubt of unchecked)
    lines.push(`  ${doubt.count.toLocaleString('en')} ${doubt.detail} (${doubt.example})`);
  lines.push(
    violations === 0 ? 'No violation.' : `${count(violations, 'violation')}:`,
    ...findings.map(line),
  );
  if (findings.length < violations)
    lines.push(`  … and ${(violations - findings.length).toLocaleString('en')} more`);
  return `${lines.join('\n')}\n`;
}

/** Names of lanes come from payloads: quoted, so that they cannot write to the terminal. */
function line({ kind, lane, detail }: Finding): string {
  return `  ${kind} in lane ${JSON.stringify(lane)}: ${detail}`;
}
