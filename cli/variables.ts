// The environment variables of the commands that start something, for their help.
import { embeddedSettings } from '../embedded/config.ts';
import { describeVariables } from '../queue/program/usage.ts';
import { serverSettings } from '../server/config.ts';
import { workerSettings } from '../worker/config.ts';

const { MONGOMS_SYSTEM_BINARY } = embeddedSettings.shape;
const shapes = {
  up: { ...workerSettings.shape, ...serverSettings.shape, MONGOMS_SYSTEM_BINARY },
  server: serverSettings.shape,
  worker: workerSettings.shape,
};

/** What follows the help of a command; empty for one that reads no settings of its own. */
export function helpOnVariables(command: string): string {
  const shape = Object.entries(shapes).find(([name]) => name === command)?.[1];
  return shape ? `\nEnvironment variables:\n${describeVariables(shape)}` : '';
}
