// What a worker reads from its environment; nothing else in this folder looks at it.
import { z } from 'zod';
import { storeVariables } from '../content/index.ts';
import { isServiceAddress, readHost } from '../providers/index.ts';
import {
  leaseProblem,
  outlivesHeartbeats,
  readSettings,
  sharedVariables,
  wholeNumber,
} from '../queue/program/settings.ts';

const list = z.string().transform(text =>
  text
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== ''),
);

const apiKey = z.string().regex(/^[\x21-\x7e]{1,1000}$/, 'must be one word of printable ASCII');

const serviceAddress = z
  .string()
  .refine(
    isServiceAddress,
    'must be an https:// address (or http:// on this machine) without user, query and fragment',
  );

const hourMs = 3_600_000;

const variables = z.strictObject({
  MONGODB_URI: sharedVariables.MONGODB_URI,
  PUBLIC_URL: sharedVariables.PUBLIC_URL.describe(
    'Base of the `urls` in results; without it they are paths on the server',
  ),
  CALLSHEET_ACTORS: list.default([]).describe('Paths of modules with further actors, separated by commas'),
  WORKER_ID: z
    .string()
    .regex(/^[A-Za-z0-9_.:-]{1,100}$/, 'may have letters, digits and "_.:-" only, at most 100')
    .optional()
    .describe('Name of this worker, unique in its queue; host, pid and a random part by default'),
  WORKER_CAPACITY: wholeNumber(1, 10_000).default(16).describe('Tasks that one worker runs at once'),
  WORKER_ACTORS: list.optional().describe('Names or `tag:` patterns of the actors to serve; all by default'),
  WORKER_PORT: wholeNumber(0, 65_535)
    .optional()
    .describe('Port for /healthz, /readyz and /metrics of a worker; 0 takes any free one, none by default'),
  WORKER_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address of that port; who reaches it reads figures and health, never tasks'),
  WORKER_SHELL: z
    .enum(['0', '1'], 'must be 1 (on) or 0 (off)')
    .default('0')
    .transform(said => said === '1')
    .describe(
      '1 lets actors run shell commands, and adds the actor `shell`: whoever makes tasks may then run any',
    ),
  JOBS_MAX_CONCURRENCY: wholeNumber(1, 10_000)
    .optional()
    .describe(
      'How many tasks that tasks spawned run at once over all workers, where their actor has no limit',
    ),
  HEARTBEAT_MS: sharedVariables.HEARTBEAT_MS.describe('Time between two heartbeats'),
  LEASE_MS: sharedVariables.LEASE_MS.describe('A task silent for longer is recovered'),
  POLL_MS: wholeNumber(10, hourMs)
    .default(1_000)
    .describe('Longest sleep of an idle worker that nothing wakes'),
  DRAIN_MS: wholeNumber(0, 24 * hourMs)
    .default(30_000)
    .describe('How long a stop lets running tasks finish'),
  LEONARDO_API_KEY: apiKey.optional().describe('Key of the provider leonardo; without it its tasks fail'),
  LEONARDO_BASE_URL: serviceAddress
    .optional()
    .describe("Address of Leonardo's REST API v1, where that key is sent; its own by default"),
  MIDJOURNEY_BASE_URL: serviceAddress
    .optional()
    .describe('Address of a Midjourney proxy; without it there is no provider midjourney'),
  MIDJOURNEY_API_KEY: apiKey.optional().describe('Key of that proxy'),
  FAL_KEY: apiKey.optional().describe('Key of fal.ai; without it there is no provider fal'),
  FAL_BASE_URL: serviceAddress
    .optional()
    .describe("Address of fal.ai's queue, where that key is sent; its own by default"),
  MEDIA_HOSTS: list
    .transform((names, context) =>
      names.map(name => {
        const host = readHost(name);
        if (host === null)
          context.addIssue(`must be host names without scheme, port or path; "${name}" is none`);
        return host ?? name;
      }),
    )
    .optional()
    .describe("Hosts that media may be downloaded from; the providers' own by default"),
  ...storeVariables,
  LOG_LEVEL: sharedVariables.LOG_LEVEL,
});

export const workerSettings = variables.refine(outlivesHeartbeats, leaseProblem);

export type WorkerSettings = z.output<typeof workerSettings>;

const secretName = /^MONGODB_URI$|key|token|secret|passw|passphrase|_pwd$|credential|authorization|cookie/i;
const secretValue = /:\/\/[^\s/@]*:[^\s/@]*@/;

/** Our environment as shell commands may see it: without keys, and without addresses that have a password in them. */
export function shellEnvironment(environment: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const isSecret = (name: string, value = '') => secretName.test(name) || secretValue.test(value);
  return Object.fromEntries(Object.entries(environment).filter(([name, value]) => !isSecret(name, value)));
}

/** The settings in force; an empty variable counts as not set. Throws InvalidSettings with all problems at once. */
export function readWorkerSettings(environment: NodeJS.ProcessEnv = process.env): WorkerSettings {
  return Object.freeze(readSettings(workerSettings, environment));
}
