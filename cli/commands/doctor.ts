// `callsheet doctor`: whether everything is there that Callsheet needs, and what to do about what is not.

import { Problem, Unreachable } from '../../client/index.ts';
import { findMongoUri, readEmbeddedSettings } from '../../embedded/index.ts';
import { addressOf, connect, listLiveWorkers, openQueue, workerAliveMs } from '../../queue/index.ts';
import { missingSchema } from '../../queue/schema.ts';
import { openClient, wordsOf } from '../client.ts';
import { readClientSettings } from '../client-settings.ts';
import { type Finding, well, wrong } from '../finding.ts';
import { count, span } from '../output.ts';
import { checkProviders } from '../provider-findings.ts';
import type { Terminal } from '../session.ts';
import { readUpSettings } from '../settings.ts';

/** Looks at everything and says what it found; 1 when something is wrong. Changes nothing. */
export async function doctor({ json }: { json?: boolean }, terminal: Terminal): Promise<0 | 1> {
  const findings = [
    checkNode(),
    checkSettings(terminal),
    ...(await checkDatabase(terminal)),
    await checkServer(terminal),
    ...(await checkProviders(terminal.environment)),
  ];
  const ok = findings.every(finding => finding.ok);
  const words = findings.map(describe).join('\n');
  terminal.stdout.write(`${json ? JSON.stringify({ ok, checks: findings }) : words}\n`);
  return ok ? 0 : 1;
}

const describe = ({ check, ok, detail, advice }: Finding) =>
  `${ok ? '✓' : '✗'} ${check.padEnd(9)} ${detail}${advice === null ? '' : `\n            ${advice}`}`;

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const fits = major > 20 || (major === 20 && minor >= 19);
  if (fits) return well('node', `Node ${process.versions.node}`);
  return wrong(
    'node',
    `Node ${process.versions.node} is too old`,
    'Install Node 20.19 or newer: https://nodejs.org',
  );
}

function checkSettings({ environment }: Terminal): Finding {
  try {
    readUpSettings(environment);
    return well('settings', 'the environment says nothing impossible');
  } catch (error) {
    const lines = wordsOf(error).split('\n').join('; ');
    return wrong('settings', lines, 'Set or unset these variables; the README has a table of them.');
  }
}

async function checkDatabase({ environment, directory }: Terminal): Promise<Finding[]> {
  const uri = await findMongoUri({ directory, settings: readEmbeddedSettings(environment) });
  if (!uri) {
    const advice = 'Run npm start here, which brings one, or set MONGODB_URI.';
    return [wrong('database', 'there is none', advice)];
  }
  try {
    const connection = await connect(uri, { serverSelectionTimeoutMS: 3_000, appName: 'callsheet-doctor' });
    try {
      return await examine(connection.db, addressOf(uri));
    } finally {
      await connection.close();
    }
  } catch (error) {
    return [wrong('database', wordsOf(error), 'Start MongoDB there, or set MONGODB_URI to where it is.')];
  }
}

type Db = Awaited<ReturnType<typeof connect>>['db'];

async function examine(db: Db, address: string): Promise<Finding[]> {
  const { version } = await db.admin().buildInfo();
  const began = Date.now();
  const hello = await db.command({ hello: 1 });
  const skewMs = Number(hello.localTime) - (began + Date.now()) / 2;
  const kind = hello.setName
    ? 'a replica set'
    : 'a standalone: it works, with looks at the clock instead of change streams';
  return [
    well('database', `MongoDB ${version} at ${address}, ${kind}`),
    checkClock(skewMs),
    checkSchema(await missingSchema(db)),
    await checkWorkers(db),
  ];
}

/** Stored times are all the database's; a clock that is far off shows wrong ages and runs `run_at` at odd moments. */
const maxSkewMs = 2_000;

function checkClock(skewMs: number): Finding {
  if (Math.abs(skewMs) <= maxSkewMs) return well('clock', "agrees with the database's");
  const detail = `is ${span(skewMs)} ${skewMs > 0 ? 'behind' : 'ahead of'} the database's`;
  return wrong('clock', detail, 'Let both machines set their clocks by NTP.');
}

function checkSchema(missing: string[]): Finding {
  if (missing.length === 0) return well('schema', 'collections, indexes and the validator are in place');
  const advice = 'Start a server or a worker of this version: it creates them.';
  return wrong('schema', `missing: ${missing.join(', ')}`, advice);
}

async function checkWorkers(db: Db): Promise<Finding> {
  const workers = await listLiveWorkers(await openQueue(db, { ensureSchema: false }), workerAliveMs);
  const serving = workers.filter(worker => !worker.draining);
  if (serving.length > 0) return well('workers', `${count(serving.length, 'live worker')}`);
  return wrong('workers', 'no worker is alive: tasks wait', 'Start one: npm start, or callsheet worker.');
}

async function checkServer({ environment, directory }: Terminal): Promise<Finding> {
  try {
    const settings = await readClientSettings(environment, directory);
    await openClient(settings).readiness();
    return well('server', `ready at ${settings.url}`);
  } catch (error) {
    if (error instanceof Problem) return wrong('server', `not ready: ${error.message}`, 'Its log says more.');
    const words = wordsOf(error);
    if (!(error instanceof Unreachable))
      return wrong('server', words, 'Set CALLSHEET_URL to the address of the server.');
    const [detail = '', ...advice] = words.split(/(?<=\.) /);
    return wrong('server', detail, advice.join(' '));
  }
}
