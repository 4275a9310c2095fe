// The page's one client of the server that it came from. Nothing here asks by itself.
import { createClient } from '../../client/index.ts';
import { BASE } from './base.ts';
import { noteServerDate } from './clock.ts';

export const client = createClient({ url: BASE, fetch: askNotingTime });

async function askNotingTime(...request: Parameters<typeof fetch>): Promise<Response> {
  const answer = await fetch(...request);
  noteServerDate(answer.headers.get('date'));
  return answer;
}
