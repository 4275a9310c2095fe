// Whether the key works, and whether the account lets as many jobs run at once as we do.
import { AuthenticationError, GenerationError } from '../errors.ts';
import type { AccountCheck } from '../provider.ts';
import type { ApiClient } from '../remote/http.ts';
import { account } from './answers.ts';

/** Asks Leonardo who we are. `limit`: how many tasks may run at once here. Throws the signal's reason. */
export async function checkAccount(
  api: ApiClient,
  limit: number,
  signal: AbortSignal,
): Promise<AccountCheck> {
  try {
    const { user_details } = await api.get('/me', { answer: account, signal });
    return judge(user_details[0]?.apiConcurrencySlots ?? null, limit);
  } catch (error) {
    if (!(error instanceof GenerationError)) throw error;
    return { ok: false, detail: error.message, advice: adviceFor(error) };
  }
}

const adviceFor = (error: GenerationError): string =>
  error instanceof AuthenticationError
    ? 'Set LEONARDO_API_KEY to a key of the production API.'
    : 'Try again in a while; if it stays, look at LEONARDO_BASE_URL and at the way out to the internet.';

function judge(slots: number | null, limit: number): AccountCheck {
  if (slots === null || slots >= limit) {
    const room = slots === null ? '' : `, ${slots} jobs at once`;
    return { ok: true, detail: `the key is accepted${room}`, advice: null };
  }
  return {
    ok: false,
    detail: `the account lets ${slots} jobs run at once, but ${limit} tasks may run here`,
    advice: `Set the limit of the lane "leonardo" to ${slots}, or ask Leonardo for more slots.`,
  };
}
