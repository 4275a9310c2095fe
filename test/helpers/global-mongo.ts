// Starts the one throw-away mongod that a test run shares, and hands its address to the test files.
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startMongod } from '../../embedded/replset.ts';

declare module 'vitest' {
  interface ProvidedContext {
    mongoUri: string;
  }
}

/** Runs before the first file that needs a database; what it returns runs after the last. */
export default async function globalMongo(project: TestProject): Promise<() => Promise<void>> {
  const binary = join(process.cwd(), '.callsheet', 'bin', 'mongod');
  const dbPath = await mkdtemp(join(tmpdir(), 'callsheet-test-'));
  const mongod = await startMongod({ binary, dbPath, throwAway: true });
  project.provide('mongoUri', mongod.uri);
  return () => mongod.stop();
}
