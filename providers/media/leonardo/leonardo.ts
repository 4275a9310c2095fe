// The provider `leonardo`: pictures and films by Leonardo.ai's production API (REST v1). A job is told by its seed, which is
// therefore always sent: that is how one whose answer was lost is found again.
import type { z } from 'zod';
import { InvalidRequestError } from '../errors.ts';
import type { AccountCheck, GenerationRequest, GenerationResult, MediaProvider } from '../provider.ts';
import { type Clock, realClock } from '../remote/clock.ts';
import type { ApiClient } from '../remote/http.ts';
import { runJob } from '../remote/job.ts';
import { readParams } from '../remote/params.ts';
import type { Accepted } from '../remote/submit.ts';
import { checkAccount } from './account.ts';
import { filmJob, pictureJob } from './answers.ts';
import { type LeonardoOptions, leonardoApi } from './api.ts';
import { deleteGeneration, findBySeed, lookAt, type Made, type Product } from './generation.ts';
import { largestSeed, leonardoParams } from './params.ts';
import { filmBody, pictureBody, type Start, startFields } from './requests.ts';
import { uploadPicture } from './upload.ts';

interface Kind {
  path: string;
  answer: z.ZodType<Accepted>;
  product: Product;
  deadlineMs: number;
}

const minuteMs = 60_000;
const pictures: Kind = {
  path: '/generations',
  answer: pictureJob,
  product: 'url',
  deadlineMs: 10 * minuteMs,
};
const films: Kind = {
  path: '/generations-image-to-video',
  answer: filmJob,
  product: 'motionMP4URL',
  deadlineMs: 20 * minuteMs,
};

/** Makes the body of the paid request; may upload something first. */
type Prepare = (seed: number, signal: AbortSignal) => Promise<Record<string, unknown>>;

export class LeonardoProvider implements MediaProvider {
  readonly params = leonardoParams;
  readonly #api: ApiClient;
  readonly #clock: Clock;

  constructor(options: LeonardoOptions = {}) {
    this.#api = leonardoApi(options);
    this.#clock = options.clock ?? realClock;
  }

  /** Pictures of the prompt. */
  async txt2img(request: GenerationRequest): Promise<GenerationResult> {
    const params = readParams('Leonardo', leonardoParams.txt2img, request);
    return this.#make(pictures, request, params.seed, async seed => pictureBody(params, seed));
  }

  /** Pictures of the prompt that keep something of the source picture. */
  async img2img(request: GenerationRequest): Promise<GenerationResult> {
    const params = readParams('Leonardo', leonardoParams.img2img, request);
    return this.#make(pictures, request, params.seed, async (seed, signal) => {
      const body = pictureBody(params, seed);
      const start = await this.#start(request, params.image_id, signal);
      return { ...body, ...startFields(start, params.init_strength) };
    });
  }

  /** A film that begins with the source picture. */
  async img2vid(request: GenerationRequest): Promise<GenerationResult> {
    const params = readParams('Leonardo', leonardoParams.img2vid, request);
    return this.#make(films, request, params.seed, async (seed, signal) =>
      filmBody(params, await this.#start(request, params.image_id, signal), seed),
    );
  }

  /** Null without a key: Leonardo is not in use then. */
  async checkAccount(limit: number, signal: AbortSignal): Promise<AccountCheck | null> {
    return this.#api.hasKey ? checkAccount(this.#api, limit, signal) : null;
  }

  async #start(
    { source_image }: GenerationRequest,
    image_id: string | undefined,
    signal: AbortSignal,
  ): Promise<Start> {
    if (image_id !== undefined) return { id: image_id, from: 'GENERATED' };
    if (!source_image)
      throw new InvalidRequestError('Leonardo needs a picture to start from: give source_image or image_id.');
    return { id: await uploadPicture(this.#api, source_image, signal), from: 'UPLOADED' };
  }

  async #make(
    { path, answer, product, deadlineMs }: Kind,
    request: GenerationRequest,
    seedAsked: number | undefined,
    prepare: Prepare,
  ): Promise<GenerationResult> {
    const api = this.#api;
    api.checkSetup();
    const seed = seedAsked ?? Math.floor(this.#clock.random() * largestSeed);
    const steps = {
      name: api.name,
      mark: seed,
      prepare: (signal: AbortSignal) => prepare(seed, signal),
      submit: (body: Record<string, unknown>, signal: AbortSignal) =>
        api.send('POST', path, { answer, body, signal }),
      // Others may have asked for the same seed on purpose; a random one is ours alone.
      find: findBySeed(api, seedAsked === undefined ? null : request.prompt),
      look: lookAt(api, product),
      cancel: deleteGeneration(api),
      deadlineMs,
    };
    const { accepted, done } = await runJob(request, steps, this.#clock);
    return resultOf(accepted, done, api);
  }
}

function resultOf(
  { external_id, cost }: Accepted,
  { urls, generation }: Made,
  api: ApiClient,
): GenerationResult {
  // For a film of one of these pictures, or another picture from it, without an upload.
  const image_ids = (generation.generated_images ?? []).flatMap(({ id }) => id ?? []);
  return {
    urls,
    raw_response: { generation: api.scrub(generation), image_ids },
    provider_task_id: external_id,
    ...(cost !== undefined && { cost }),
  };
}
