// Pictures and films by any model at fal.ai, over the REST interface of its queue: submit, poll with the place in the queue
// and the model's log, fetch the answer, cancel. What models can be asked for is in `params.ts`, what fal.ai answers in
// `answers.ts`.
import { z } from 'zod';
import { GenerationError, InvalidRequestError } from '../errors.ts';
import type {
  GenerationRequest,
  GenerationResult,
  MediaAction,
  MediaProvider,
  SourceImage,
} from '../provider.ts';
import { type Clock, realClock } from '../remote/clock.ts';
import { ApiClient } from '../remote/http.ts';
import { runJob } from '../remote/job.ts';
import { readParams } from '../remote/params.ts';
import type { Look } from '../remote/poll.ts';
import {
  type Answer,
  answerForm,
  errorText,
  explainFailure,
  explainRefusal,
  faultOf,
  isEnd,
  messageOf,
  modelFailed,
  statusTold,
  submitted,
  urlsIn,
} from './answers.ts';
import { falParams } from './params.ts';

const name = 'fal.ai';

export interface FalOptions {
  key: string | null;
  /** The queue's own address by default. */
  base_url?: string | undefined;
  clock?: Clock;
}

/** Where fal.ai keeps what its models make. */
export const falHosts = ['v3.fal.media', 'v3b.fal.media', 'fal.media'];

interface Asked {
  model: string;
  body: object;
  deadlineMs: number;
}

const pictureMs = 10 * 60_000;
const filmMs = 20 * 60_000;

export class FalProvider implements MediaProvider {
  readonly params = falParams;
  readonly #base: string;
  readonly #clock: Clock;
  readonly #queue: ApiClient;
  /** For the answers of models, whose refusals are the end of a job. */
  readonly #answers: ApiClient;

  constructor({ key, base_url = 'https://queue.fal.run', clock = realClock }: FalOptions) {
    this.#base = base_url.replace(/\/+$/, '');
    this.#clock = clock;
    const options = {
      name,
      base_url: this.#base,
      key,
      variables: { key: 'FAL_KEY', base_url: 'FAL_BASE_URL' },
      authorize: (secret: string) => ({ authorization: `Key ${secret}` }),
      errorText,
      clock,
    };
    this.#queue = new ApiClient({ ...options, explain: explainRefusal });
    this.#answers = new ApiClient({
      ...options,
      explain: refusal => explainRefusal(refusal) ?? explainFailure(refusal),
    });
  }

  async txt2img(request: GenerationRequest): Promise<GenerationResult> {
    return this.#make('txt2img', request, {});
  }

  async img2img(request: GenerationRequest): Promise<GenerationResult> {
    return this.#make('img2img', request, { image_url: dataUrlOf(request.source_image) });
  }

  async img2vid(request: GenerationRequest): Promise<GenerationResult> {
    return this.#make('img2vid', request, { image_url: dataUrlOf(request.source_image) });
  }

  async #make(action: MediaAction, request: GenerationRequest, source: object): Promise<GenerationResult> {
    const params = readParams(name, falParams[action], request);
    const { model, input, source_image: _, ...fields } = anyParams.parse(params);
    const body = { prompt: request.prompt, ...source, ...fields, ...input };
    return this.#run(request, { model, body, deadlineMs: action === 'img2vid' ? filmMs : pictureMs });
  }

  async #run(request: GenerationRequest, asked: Asked): Promise<GenerationResult> {
    const { accepted, done } = await runJob(
      request,
      {
        name,
        mark: null,
        prepare: async () => null,
        submit: async (_, signal) => ({ external_id: await this.#submit(asked, signal) }),
        look: (path, signal) => this.#look(path, signal),
        deadlineMs: asked.deadlineMs,
        cancel: (path, signal) => this.#queue.send('PUT', `/${path}/cancel`, { answer: z.unknown(), signal }),
      },
      this.#clock,
    );
    const raw_response = this.#queue.scrub(done);
    return { urls: urlsIn(done), raw_response, provider_task_id: idOf(accepted.external_id) };
  }

  /** Resolves the path of the new request, by which all else is asked. */
  async #submit({ model, body }: Asked, signal: AbortSignal): Promise<string> {
    const answer = await this.#queue.send('POST', `/${model}`, { answer: submitted, signal, body });
    return pathOf(answer, model, this.#base);
  }

  async #look(path: string, signal: AbortSignal): Promise<Look<Answer>> {
    if (!requestPath.test(path)) throw new GenerationError(`"${path}" is no request at ${name}.`);
    const told = await this.#queue.send('GET', `/${path}/status?logs=1`, { answer: statusTold, signal });
    if (told.status !== 'COMPLETED') return { state: 'pending', message: messageOf(told) };
    const ended = await this.#answer(path, signal);
    if (ended.state === 'failed' || told.error == null) return ended;
    return { state: 'failed', error: modelFailed(told.error) };
  }

  async #answer(path: string, signal: AbortSignal): Promise<Exclude<Look<Answer>, { state: 'pending' }>> {
    try {
      const done = await this.#answers.send('GET', `/${path}`, { answer: answerForm, signal });
      const error = faultOf(done);
      return error ? { state: 'failed', error } : { state: 'done', done };
    } catch (error) {
      if (isEnd(error)) return { state: 'failed', error };
      throw error;
    }
  }
}

/** What the params of every action have. */
const anyParams = z.looseObject({ model: z.string(), input: z.record(z.string(), z.unknown()) });

/** `owner/app/requests/id`; some kinds of apps have a third part in front. */
const requestPath = /^([a-zA-Z0-9][\w.-]*\/){2,3}requests\/[\w-]{1,100}$/;

/** The place the service names, when it lies at the address that may be given the key; else where it lies by the rule. */
function pathOf(
  { request_id, response_url }: z.output<typeof submitted>,
  model: string,
  base: string,
): string {
  const named = response_url?.startsWith(`${base}/`) ? response_url.slice(base.length + 1) : '';
  return requestPath.test(named) ? named : `${appOf(model)}/requests/${request_id}`;
}

/** Requests belong to an app, whatever further path the model's id has. */
function appOf(model: string): string {
  const parts = model.split('/');
  return parts.slice(0, parts[0] === 'workflows' || parts[0] === 'comfy' ? 3 : 2).join('/');
}

const idOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

const mostSourceBytes = 10 * 1024 ** 2;

function dataUrlOf(source: SourceImage | null): string {
  if (!source) throw new InvalidRequestError('This action needs a source picture: give params.source_image.');
  if (source.bytes.length > mostSourceBytes)
    throw new InvalidRequestError(
      `The source picture is larger than the ${mostSourceBytes} bytes ${name} is sent.`,
    );
  return `data:${source.content_type};base64,${Buffer.from(source.bytes).toString('base64')}`;
}
