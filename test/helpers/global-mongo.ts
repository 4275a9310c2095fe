// Starts the one throw-away mongod that a test run shares, and hands its address to the test files.
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../../embedded/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    mongoUri: string;
  }
}

/** Runs before the first file that needs a database; what it returns runs after the last. */
export default async function globalMongo(project: TestProject): Promise<() => Promise<void>> {
  const mongod = await startEmbedded({ directory: process.cwd(), ephemeral: true });
  project.provide('mongoUri', mongod.uri);
  return () => mongod.stop();
}
