// What a server reads from its environment; nothing else in this folder looks at it.
import { z } from 'zod';
import { storeVariables } from '../content/index.ts';
import {
  leaseProblem,
  outlivesHeartbeats,
  readSettings,
  sharedVariables,
  unlessWrong,
  wholeNumber,
} from '../queue/program/settings.ts';
import { InvalidKeys, parseKeys } from './auth/keys.ts';

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i;

/** Whether a host name means this machine only. */
export function isLoopback(host: string): boolean {
  return loopback.test(host.replace(/^\[|\]$/g, ''));
}

const keys = z.string().transform((text, context) => {
  try {
    return parseKeys(text);
  } catch (error) {
    if (!(error instanceof InvalidKeys)) throw error;
    // Without the input: it holds secrets.
    context.issues.push({ code: 'custom', message: error.message, input: null });
    return z.NEVER;
  }
});

const variables = z.strictObject({
  MONGODB_URI: sharedVariables.MONGODB_URI,
  HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address to listen on; loopback only as long as there are no API keys'),
  PORT: wholeNumber(0, 65_535).default(8080).describe('Port to listen on; 0 takes any free one'),
  PUBLIC_URL: sharedVariables.PUBLIC_URL.describe(
    'Base of the `urls` in answers; without it they are paths on this server',
  ),
  HEARTBEAT_MS: sharedVariables.HEARTBEAT_MS.describe(
    'Time between two heartbeats for the tasks of workers outside',
  ),
  LEASE_MS: sharedVariables.LEASE_MS.describe(
    'A task silent for longer is recovered; the same for every worker and server',
  ),
  CALLSHEET_KEYS: keys
    .optional()
    .describe('API keys, `name:scope[+scope]:secret,…`; scopes `read`, `write`, `worker`, `admin`'),
  MAX_BACKLOG: wholeNumber(1, 1_000_000_000)
    .default(1_000_000)
    .describe('Queued tasks in a lane above which no more are taken over HTTP: 503 `queue-full`'),
  RATE_LIMIT: wholeNumber(1, 1_000_000)
    .optional()
    .describe('POSTs that each key may make in a minute, at one server; without it as many as it likes'),
  ...storeVariables,
  LOG_LEVEL: sharedVariables.LOG_LEVEL,
});

export const serverSettings = variables
  .refine(({ HOST, CALLSHEET_KEYS }) => CALLSHEET_KEYS !== undefined || isLoopback(HOST), {
    path: ['HOST'],
    error: 'must be a loopback address (127.0.0.1, ::1, localhost) unless CALLSHEET_KEYS is set',
    ...unlessWrong('HOST', 'CALLSHEET_KEYS'),
  })
  .refine(outlivesHeartbeats, leaseProblem);

export type ServerSettings = z.output<typeof serverSettings>;

/** The settings in force; an empty variable counts as not set. Throws InvalidSettings with all problems at once. */
export function readServerSettings(environment: NodeJS.ProcessEnv = process.env): ServerSettings {
  return readSettings(serverSettings, environment);
}
