// The environment variables that decide where MongoDB comes from. Nothing else in this folder reads the environment.
import { z } from 'zod';

const text = z.string().trim().optional();

export const embeddedSettings = z.object({
  /** Address of a running MongoDB; then none is started. */
  MONGODB_URI: text,
  /** Path of the mongod to run, before any other. */
  MONGOMS_SYSTEM_BINARY: text.describe('The mongod to run; the one on PATH by default, else one is fetched'),
  PATH: z.string().default(''),
});

export type EmbeddedSettings = z.infer<typeof embeddedSettings>;

/** The settings in force; an empty variable counts as not set. */
export function readEmbeddedSettings(environment: NodeJS.ProcessEnv = process.env): EmbeddedSettings {
  const given = Object.entries(environment).filter(([, value]) => value?.trim());
  return embeddedSettings.parse(Object.fromEntries(given));
}

/** Our environment with changes for a program that we run; undefined removes a variable. */
export function environmentWith(changes: Record<string, string | undefined>): NodeJS.ProcessEnv {
  return { ...process.env, ...changes };
}
