// The client of the server that a command speaks to, and its errors in words for whoever typed the command.
import { type Client, createClient, Problem, Unreachable } from '../client/index.ts';
import type { ClientSettings } from './client-settings.ts';

/** A client of the server that the settings name. Every call throws Problem and Unreachable. */
export function openClient({ url, key }: ClientSettings): Client {
  return createClient({ url, ...(key !== undefined && { key }) });
}

/** How a command calls the fields that it sends. */
export type OptionNames = Readonly<Record<string, string>>;

const mostErrors = 20;

/** What went wrong, and what to do about it: a line for each wrong field, by the name of its option where it has one. */
export function wordsOf(error: unknown, options: OptionNames = {}): string {
  if (error instanceof Unreachable) return whyNot(error);
  if (error instanceof Problem && error.errors.length > 0)
    // The detail of a problem names the first of several and counts the rest.
    return error.errors
      .slice(0, mostErrors)
      .map(({ pointer, detail }) => `${nameOf(pointer, options)} ${detail}`.trim())
      .join('\n');
  return error instanceof Error ? error.message : String(error);
}

function nameOf(pointer: string, options: OptionNames): string {
  const [, field = ''] = pointer.replace(/^\/filter(?=\/)/, '').split('/');
  return Object.hasOwn(options, field) ? options[field]! : pointer;
}

function whyNot({ why, url, message }: Unreachable): string {
  if (why === 'stranger')
    return `What answers at ${url} is not Callsheet. Set CALLSHEET_URL to the address of its server.`;
  if (why === 'no-answer')
    return `No Callsheet server answers at ${url}. Start one with \`npm start\`, or set CALLSHEET_URL.`;
  return message;
}
