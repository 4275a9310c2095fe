// Which server the commands speak to that use HTTP, and with which key; nothing else in them looks at the environment.
import { z } from 'zod';
import { findServer } from './server-record.ts';
import { WrongUse } from './wrong-use.ts';

export const clientSettings = z.strictObject({
  CALLSHEET_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
    .transform(url => url.replace(/\/+$/, ''))
    .optional()
    .describe(
      'Address of the server that commands speak to; by default the one of this directory or machine',
    ),
  CALLSHEET_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{1,1000}$/, 'must be one word of ASCII')
    .optional()
    .describe('API key that commands send'),
});

export interface ClientSettings {
  url: string;
  key: string | undefined;
}

const usual = 'http://127.0.0.1:8080';

/**
 * CALLSHEET_URL, else the server that `callsheet up` runs in `directory`, else the usual port of this machine. Throws
 * WrongUse with one line per problem, and never the key.
 */
export async function readClientSettings(
  environment: NodeJS.ProcessEnv,
  directory: string,
): Promise<ClientSettings> {
  const names = Object.keys(clientSettings.shape);
  const given = names.flatMap(name => (environment[name]?.trim() ? [[name, environment[name].trim()]] : []));
  const { success, data, error } = clientSettings.safeParse(Object.fromEntries(given));
  if (!success)
    throw new WrongUse(error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'));
  return { url: data.CALLSHEET_URL ?? (await findServer(directory)) ?? usual, key: data.CALLSHEET_KEY };
}
