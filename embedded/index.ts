// The public surface of embedded/: finding a MongoDB, or starting one.
export { type EmbeddedSettings, readEmbeddedSettings } from './config.ts';
export {
  type Embedded,
  type EmbeddedOptions,
  findMongoUri,
  resolveMongo,
  startEmbedded,
} from './embedded.ts';
export { UnusableFolder } from './folder.ts';
export { findMongod, MongodNotFound } from './mongod.ts';
export { nextFreePort } from './ports.ts';
export type { OnProgress, Progress } from './progress.ts';
export { findOwner, findRecordedUri } from './record.ts';
export { CannotStartMongod } from './start-error.ts';
