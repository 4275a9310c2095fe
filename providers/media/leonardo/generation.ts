// A generation at Leonardo after its submit: looking at it, finding it again, deleting it.
import { GenerationError, NotFoundError } from '../errors.ts';
import type { ApiClient } from '../remote/http.ts';
import type { Look } from '../remote/poll.ts';
import type { Accepted, Submitting } from '../remote/submit.ts';
import { account, type Generation, generationList, type Listed, oneGeneration } from './answers.ts';

export interface Made {
  urls: string[];
  /** As Leonardo told it last. */
  generation: Generation;
}

/** Which address of a generated image is the result. */
export type Product = 'url' | 'motionMP4URL';

// A look that comes between the status and the pictures.
const emptyLooks = 3;

/** Looks at a generation, one request a time. It throws when one is complete, look after look, without anything in it. */
export function lookAt(api: ApiClient, product: Product) {
  let empty = 0;
  return async (id: string, signal: AbortSignal): Promise<Look<Made>> => {
    const path = `/generations/${encodeURIComponent(id)}`;
    const { generations_by_pk: generation } = await api.send('GET', path, { answer: oneGeneration, signal });
    if (!generation) throw new NotFoundError(`Leonardo does not know the generation ${id}.`);
    if (generation.status === 'FAILED') return { state: 'failed', error: failed(id) };
    if (generation.status !== 'COMPLETE') return { state: 'pending', message: 'Leonardo is at work' };
    const urls = (generation.generated_images ?? []).flatMap(image => image[product] ?? []);
    if (urls.length > 0) return { state: 'done', done: { urls, generation } };
    empty++;
    if (empty < emptyLooks) return { state: 'pending', message: 'Leonardo is done and lays it out' };
    throw nothingMade(id);
  };
}

const failed = (id: string) =>
  new GenerationError(
    `Leonardo failed to make it and gives no reason (generation ${id}). Another try begins a new generation, which may be charged too.`,
  );

/** Not tried again by itself: what is complete is paid for. */
const nothingMade = (id: string) =>
  new GenerationError(
    `Leonardo says that generation ${id} is complete, but there is nothing in it.`,
    {},
    { kind: 'permanent' },
  );

/** Deletes a generation, which ends it. */
export const deleteGeneration = (api: ApiClient) => (id: string, signal: AbortSignal) =>
  api.send('DELETE', `/generations/${encodeURIComponent(id)}`, { answer: oneOrNothing, signal });

const oneOrNothing = oneGeneration.partial();

const pageSize = 50;
const mostPages = 4;
/** How much Leonardo's clock may be behind ours. */
const skewMs = 120_000;

/**
 * Finds a generation in the account's list, newest first, by its seed; with `prompt` only one of the same words. Null when
 * there is none, or several: then nobody can tell which is ours.
 */
export const findBySeed =
  (api: ApiClient, prompt: string | null) =>
  async ({ since, mark }: Submitting, signal: AbortSignal): Promise<Accepted | null> => {
    const oldest = Date.parse(since) - skewMs;
    const isOurs = (one: Listed) =>
      one.seed === mark && (prompt === null || one.prompt === prompt) && madeAt(one) >= oldest;
    const user = encodeURIComponent(await userId(api, signal));
    const ours: string[] = [];
    for (let page = 0; page < mostPages; page++) {
      const path = `/generations/user/${user}?offset=${page * pageSize}&limit=${pageSize}`;
      const { generations } = await api.get(path, { answer: generationList, signal });
      ours.push(...generations.filter(isOurs).flatMap(({ id }) => id ?? []));
      if (generations.length < pageSize || generations.some(one => madeAt(one) < oldest)) break;
    }
    const [found, another] = new Set(ours);
    return found !== undefined && another === undefined ? { external_id: found } : null;
  };

/** Leonardo tells moments in UTC without saying so. One that cannot be read is taken as new. */
function madeAt({ createdAt }: Listed): number {
  const text = createdAt ?? '';
  const at = Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(at) ? Infinity : at;
}

async function userId(api: ApiClient, signal: AbortSignal): Promise<string> {
  const { user_details } = await api.get('/me', { answer: account, signal });
  return user_details[0]!.user.id;
}
