// The client of the server that a command speaks to, and its errors in words for whoever typed the command.
import { type Client, createClient, Problem, Unreachable } from '../client/index.ts';
import type { ClientSettings } from './client-settings.ts';

/** A client of the server that the settings name. Every call throws Problem and Unreachable. */
export function openClient({ url, key }: ClientSettings): Client {
  return createClient({ url, ...(key !== undefined && { key }) });
}

const mostErrors = 20;

/** What went wrong, and what to do about it: a line for each wrong field. */
export function wordsOf(error: unknown): string {
  if (error instanceof Unreachable) return whyNot(error);
  if (error instanceof Problem && error.errors.length > 1)
    // The detail names the first of several and counts the rest.
    return error.errors
      .slice(0, mostErrors)
      .map(({ pointer, detail }) => `${pointer} ${detail}`)
      .join('\n');
  return error instanceof Error ? error.message : String(error);
}

function whyNot({ why, url, message }: Unreachable): string {
  if (why === 'stranger')
    return `What answers at ${url} is not Callsheet. Set CALLSHEET_URL to the address of its server.`;
  if (why === 'no-answer')
    return `No Callsheet server answers at ${url}. Start one with \`npm start\`, or set CALLSHEET_URL.`;
  return message;
}
