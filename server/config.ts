// What a server reads from its environment; nothing else in this folder looks at it.
import { z } from 'zod';

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/i;

/** Whether a host name means this machine only. */
export function isLoopback(host: string): boolean {
  return loopback.test(host.replace(/^\[|\]$/g, ''));
}

const wholeNumber = (min: number, max: number) =>
  z.string().regex(/^\d+$/, 'must be a whole number').transform(Number).pipe(z.number().min(min).max(max));

export const serverSettings = z.strictObject({
  MONGODB_URI: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, 'must begin with mongodb:// or mongodb+srv://')
    .optional()
    .describe('Address of MongoDB; without it the one that `npm start` runs in this directory'),
  HOST: z
    .string()
    .refine(
      isLoopback,
      'must be a loopback address (127.0.0.1, ::1, localhost): nobody is asked for a key yet',
    )
    .default('127.0.0.1')
    .describe('Address to listen on; loopback only as long as there are no API keys'),
  PORT: wholeNumber(0, 65_535).default(8080).describe('Port to listen on; 0 takes any free one'),
  PUBLIC_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
    .transform(url => url.replace(/\/+$/, ''))
    .optional()
    .describe('Base of the `urls` in answers; without it they are paths on this server'),
  CALLSHEET_KEYS: z
    .undefined('API keys are not supported yet: unset CALLSHEET_KEYS and stay on loopback')
    .optional()
    .describe('API keys; refused until they are supported, so that nobody believes they protect'),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('How much is logged (pino)'),
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
