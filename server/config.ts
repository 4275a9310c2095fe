// What a server reads from its environment; nothing else in this folder looks at it.
import { z } from 'zod';
import { storeProblem } from '../content/index.ts';
import { InvalidKeys, parseKeys } from './auth/keys.ts';

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i;

/** Whether a host name means this machine only. */
export function isLoopback(host: string): boolean {
  return loopback.test(host.replace(/^\[|\]$/g, ''));
}

const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));

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
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, 'must begin with mongodb:// or mongodb+srv://')
    .optional()
    .describe('Address of MongoDB; without it the one that `npm start` runs in this directory'),
  HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address to listen on; loopback only as long as there are no API keys'),
  PORT: wholeNumber(0, 65_535).default(8080).describe('Port to listen on; 0 takes any free one'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
    .transform(url => url.replace(/\/+$/, ''))
    .optional()
    .describe('Base of the `urls` in answers; without it they are paths on this server'),
  HEARTBEAT_MS: wholeNumber(50, 3_600_000)
    .default(5_000)
    .describe('Time between two heartbeats for the tasks of workers outside'),
  LEASE_MS: wholeNumber(150, 86_400_000)
    .default(30_000)
    .describe('A task silent for longer is recovered; the same for every worker and server'),
  CALLSHEET_KEYS: keys
    .optional()
    .describe('API keys, `name:scope[+scope]:secret,…`; scopes `read`, `write`, `worker`, `admin`'),
  MAX_BACKLOG: wholeNumber(1, 1_000_000_000)
    .default(1_000_000)
    .describe('Queued tasks in a lane above which no more are taken over HTTP: 503 `queue-full`'),
  RATE_LIMIT: wholeNumber(1, 1_000_000)
    .optional()
    .describe('POSTs that each key may make in a minute, at one server; without it as many as it likes'),
  CONTENT_STORE: z
    .string()
    .superRefine((text, context) => {
      const problem = storeProblem(text);
      if (problem !== null) context.addIssue(problem);
    })
    .default('gridfs')
    .describe('Where media are kept: gridfs, file:<folder> or s3://<bucket>/<prefix>'),
  S3_ENDPOINT: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
    .optional()
    .describe("Address of an S3 service other than Amazon's"),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('How much is logged (pino)'),
});

/** Also when another variable is wrong: all problems are told at once. */
const unlessWrong = (...names: string[]) => ({
  when: ({ issues }: z.core.ParsePayload) => !issues.some(({ path }) => names.includes(String(path?.[0]))),
});

export const serverSettings = variables
  .refine(({ HOST, CALLSHEET_KEYS }) => CALLSHEET_KEYS !== undefined || isLoopback(HOST), {
    path: ['HOST'],
    error: 'must be a loopback address (127.0.0.1, ::1, localhost) unless CALLSHEET_KEYS is set',
    ...unlessWrong('HOST', 'CALLSHEET_KEYS'),
  })
  .refine(({ LEASE_MS, HEARTBEAT_MS }) => LEASE_MS >= 3 * HEARTBEAT_MS, {
    path: ['LEASE_MS'],
    error: 'must be at least three times HEARTBEAT_MS: a lease outlives one lost heartbeat and a late one',
    ...unlessWrong('LEASE_MS', 'HEARTBEAT_MS'),
  });

export type ServerSettings = z.output<typeof serverSettings>;

/** The environment asks for something impossible. The message has one line per problem. */
export class InvalidSettings extends Error {
  override name = 'InvalidSettings';
}

/** The settings in force; an empty variable counts as not set. Throws InvalidSettings with all problems at once. */
export function readServerSettings(environment: NodeJS.ProcessEnv = process.env): ServerSettings {
  const names = Object.keys(serverSettings.shape);
  const given = names.flatMap(name => (environment[name]?.trim() ? [[name, environment[name].trim()]] : []));
  const { success, data, error } = serverSettings.safeParse(Object.fromEntries(given));
  if (success) return data;
  throw new InvalidSettings(
    error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'),
  );
}
