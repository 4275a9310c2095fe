// Midjourney through a proxy at a configured address: it has no interface of its own for programs, and its terms forbid
// automation (docs/midjourney.md). The protocol is the common one: submit and get an id, poll with percent and a grid of four,
// press a button to upscale one of them. A proxy has no list to look for a lost job in.
import { z } from 'zod';
import { ContentPolicyError, GenerationError, InvalidRequestError } from '../errors.ts';
import type { GenerationRequest, GenerationResult, MediaProvider } from '../provider.ts';
import { type Clock, realClock } from '../remote/clock.ts';
import { ApiClient } from '../remote/http.ts';
import { runJob } from '../remote/job.ts';
import { readParams } from '../remote/params.ts';
import type { Look } from '../remote/poll.ts';
import { shown } from '../remote/secrets.ts';
import { midjourneyParams, promptLine } from './params.ts';

const name = 'Midjourney';

export interface MidjourneyOptions {
  /** Null for a proxy that asks for none. */
  key: string | null;
  /** The proxy, up to what comes before `/jobs`. */
  base_url: string;
  clock?: Clock;
}

/** Where Midjourney, and Discord for it, keep pictures. */
export const midjourneyHosts = ['cdn.midjourney.com', 'cdn.discordapp.com', 'media.discordapp.net'];

type Submit = { path: '/jobs/imagine' | '/jobs/button'; body: Record<string, string> };

const deadlineMs = 20 * 60_000;

export class MidjourneyProvider implements MediaProvider {
  readonly params = midjourneyParams;
  readonly #clock: Clock;
  readonly #api: ApiClient;

  constructor({ key, base_url, clock = realClock }: MidjourneyOptions) {
    this.#clock = clock;
    this.#api = new ApiClient({
      name,
      base_url,
      key,
      key_optional: true,
      variables: { key: 'MIDJOURNEY_API_KEY', base_url: 'MIDJOURNEY_BASE_URL' },
      errorText: body => errorForm.safeParse(body).data?.error ?? null,
      explain: ({ said }) => (said === null ? null : moderated(said)),
      clock,
    });
  }

  /** Four pictures of the words, or one of an earlier four upscaled. */
  async txt2img(request: GenerationRequest): Promise<GenerationResult> {
    const { upscale_of, index, ...params } = readParams(name, midjourneyParams.txt2img, request);
    return upscale_of === undefined
      ? this.#run(request, {
          path: '/jobs/imagine',
          body: { prompt: promptLine(request.prompt, params, null) },
        })
      : this.#run(request, { path: '/jobs/button', body: { jobid: upscale_of, button: `U${index}` } });
  }

  /** Four pictures of the words and a picture, which the proxy fetches by its address. */
  async img2img(request: GenerationRequest): Promise<GenerationResult> {
    const params = readParams(name, midjourneyParams.img2img, request);
    const url = request.source_image?.url;
    if (url === undefined || /\s/.test(url))
      throw new InvalidRequestError(
        `${name} fetches a source picture itself: give params.source_image as a web address that it can reach.`,
      );
    return this.#run(request, {
      path: '/jobs/imagine',
      body: { prompt: promptLine(request.prompt, params, url) },
    });
  }

  async #run(request: GenerationRequest, { path, body }: Submit): Promise<GenerationResult> {
    const { accepted, done } = await runJob(
      request,
      {
        name,
        mark: null,
        prepare: async () => null,
        submit: async (_, signal) => ({
          // Without `stream: false` the answer would be a stream of events.
          external_id: await this.#api.send('POST', path, {
            answer: submitted,
            signal,
            body: { ...body, stream: false },
          }),
        }),
        look: async (id, signal) => lookOf(await this.#api.send('GET', pathOf(id), { answer: job, signal })),
        deadlineMs,
        cancel: (id, signal) => this.#api.send('DELETE', pathOf(id), { answer: z.unknown(), signal }),
      },
      this.#clock,
    );
    return {
      urls: picturesOf(done),
      raw_response: this.#api.scrub(done),
      provider_task_id: accepted.external_id,
    };
  }
}

const pathOf = (id: string): string => `/jobs/${encodeURIComponent(id)}`;

const id = z.string().regex(/^(?!\.{1,2}$)[\w:.@-]{1,200}$/);
/** Proxies do not agree on how to spell it. */
const submitted = z
  .union([
    z.looseObject({ jobid: id }),
    z.looseObject({ job_id: id }).transform(({ job_id }) => ({ jobid: job_id })),
  ])
  .transform(({ jobid }) => jobid);

const files = z
  .array(z.looseObject({ url: z.string() }))
  .nullish()
  .catch(null);

const job = z.looseObject({
  status: z.string(),
  error: z.string().nullish().catch(null),
  response: z
    .looseObject({
      progress_percent: z.number().nullish().catch(null),
      /** The grid of four in one picture, or the one that was upscaled. */
      attachments: files,
      /** Each of the four. */
      imageUx: files,
    })
    .nullish()
    .catch(null),
});
type Job = z.output<typeof job>;

const errorForm = z.looseObject({ error: z.string() });

function lookOf(told: Job): Look<Job> {
  switch (told.status) {
    case 'completed':
      return picturesOf(told).length > 0
        ? { state: 'done', done: told }
        : { state: 'failed', error: new GenerationError(`${name} finished the job without a picture.`) };
    case 'moderated':
    case 'failed':
    case 'cancelled':
      return { state: 'failed', error: errorOf(told) };
    default:
      return pendingOf(told.response?.progress_percent);
  }
}

function pendingOf(percent: number | null | undefined): Look<never> {
  if (percent == null) return { state: 'pending', message: `Waiting for ${name} to begin` };
  const fraction = Math.min(Math.max(percent / 100, 0), 1);
  return { state: 'pending', message: `${name} is at ${Math.round(100 * fraction)} %`, fraction };
}

function picturesOf({ response }: Job): string[] {
  const single = response?.imageUx ?? [];
  return (single.length > 0 ? single : (response?.attachments ?? [])).map(({ url }) => url);
}

function errorOf({ status, error }: Job): GenerationError {
  const said = error ? `: ${shown(error, null)}` : '.';
  if (status === 'moderated')
    return new ContentPolicyError(`${name}'s moderation refused the prompt or the picture${said}`);
  if (status === 'cancelled')
    return new GenerationError(`The job was cancelled at the proxy${said}`, {}, { kind: 'permanent' });
  return moderated(error ?? '') ?? new GenerationError(`The job failed at ${name}${said}`);
}

/** The error of a text that tells of moderation; null for any other. */
const moderated = (said: string): ContentPolicyError | null =>
  /moderat|banned prompt|banned word|content policy/i.test(said)
    ? new ContentPolicyError(`${name}'s moderation refused the prompt or the picture: ${shown(said, null)}`)
    : null;
