// What `callsheet up` reads from its environment: the settings of the rooms that it hosts, with the problems of all told at once.
import { type EmbeddedSettings, readEmbeddedSettings } from '../embedded/index.ts';
import { InvalidSettings } from '../queue/program/settings.ts';
import { readServerSettings, type ServerSettings } from '../server/index.ts';
import { readWorkerSettings, type WorkerSettings } from '../worker/index.ts';

export interface UpSettings {
  embedded: EmbeddedSettings;
  server: ServerSettings;
  worker: WorkerSettings;
  /** PORT was asked for: another one will not do. */
  portGiven: boolean;
}

/** The settings in force; throws InvalidSettings with the problems of all rooms, each once. */
export function readUpSettings(environment: NodeJS.ProcessEnv = process.env): UpSettings {
  const problems = new Set<string>();
  const collect = <T>(read: (environment: NodeJS.ProcessEnv) => T): T | undefined => {
    try {
      return read(environment);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      for (const problem of error.message.split('\n')) problems.add(problem);
      return undefined;
    }
  };
  const [server, worker] = [collect(readServerSettings), collect(readWorkerSettings)];
  if (!server || !worker) throw new InvalidSettings([...problems].join('\n'));
  const portGiven = Boolean(environment.PORT?.trim());
  return { embedded: readEmbeddedSettings(environment), server, worker, portGiven };
}
