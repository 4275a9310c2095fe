// What the programs of a queue read from their environment alike: the same variables by the same rules, and reading them.
import { z } from 'zod';

export const wholeNumber = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(min, `must be at least ${min}`).max(max, `must be at most ${max}`));

const hourMs = 3_600_000;

/** Variables of more than one program; each says itself what it means there. */
export const sharedVariables = {
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, 'must begin with mongodb:// or mongodb+srv://')
    .optional()
    .describe('Address of MongoDB; without it the one that `npm start` runs in this directory'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
    .transform(url => url.replace(/\/+$/, ''))
    .optional(),
  HEARTBEAT_MS: wholeNumber(50, hourMs).default(5_000),
  LEASE_MS: wholeNumber(150, 24 * hourMs).default(30_000),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('How much is logged (pino)'),
};

/** For a rule over several variables: asked unless one of them is wrong by itself, since all problems are told at once. */
export const unlessWrong = (...names: string[]) => ({
  when: ({ issues }: z.core.ParsePayload) => !issues.some(({ path }) => names.includes(String(path?.[0]))),
});

/** Whether a lease outlives its heartbeats; `leaseProblem` is said where it does not. */
export const outlivesHeartbeats = ({ LEASE_MS, HEARTBEAT_MS }: { LEASE_MS: number; HEARTBEAT_MS: number }) =>
  LEASE_MS >= 3 * HEARTBEAT_MS;

export const leaseProblem = {
  path: ['LEASE_MS'],
  error: 'must be at least three times HEARTBEAT_MS: a lease outlives one lost heartbeat and a late one',
  ...unlessWrong('LEASE_MS', 'HEARTBEAT_MS'),
};

/** The environment asks for something impossible. The message has one line per problem. */
export class InvalidSettings extends Error {
  override name = 'InvalidSettings';
}

/** The settings in force; an empty variable counts as not set. Throws InvalidSettings with all problems at once. */
export function readSettings<Schema extends z.ZodObject>(
  schema: Schema,
  environment: NodeJS.ProcessEnv,
): z.output<Schema> {
  const names = Object.keys(schema.shape);
  const given = names.flatMap(name => (environment[name]?.trim() ? [[name, environment[name].trim()]] : []));
  const { success, data, error } = schema.safeParse(Object.fromEntries(given));
  if (success) return data;
  throw new InvalidSettings(
    error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'),
  );
}
