// Where Leonardo is, and what its errors mean: the status says most, its `code` little, its words the rest.
import { z } from 'zod';
import { ContentPolicyError, type GenerationError, InsufficientCreditsError } from '../errors.ts';
import type { Clock } from '../remote/clock.ts';
import { ApiClient } from '../remote/http.ts';
import type { Refusal } from '../remote/refusal.ts';

const leonardoAddress = 'https://cloud.leonardo.ai/api/rest/v1';

export interface LeonardoOptions {
  /** Without one every task fails for good and says which variable to set. */
  api_key?: string | undefined;
  base_url?: string | undefined;
  clock?: Clock;
  /** The pause before a GET is tried again. */
  retryMs?: number;
}

const ownError = z.looseObject({ error: z.string() });

export function leonardoApi({ api_key, base_url, ...rest }: LeonardoOptions): ApiClient {
  return new ApiClient({
    name: 'Leonardo',
    base_url: base_url ?? leonardoAddress,
    key: api_key ?? null,
    variables: { key: 'LEONARDO_API_KEY', base_url: 'LEONARDO_BASE_URL' },
    errorText: body => ownError.safeParse(body).data?.error ?? null,
    explain,
    ...rest,
  });
}

function explain({ status, said }: Refusal): GenerationError | null {
  if (said === null || status >= 500 || status === 429) return null;
  if (/moderation/i.test(said))
    return new ContentPolicyError(`Leonardo's moderation refused it (${status}): ${said}`);
  if (/not enough .*(token|credit)|insufficient .*(token|credit|balance|fund)/i.test(said))
    return new InsufficientCreditsError(
      `The account at Leonardo has too little left to pay this (${status}): ${said}`,
    );
  return null;
}
