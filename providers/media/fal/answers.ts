// What fal.ai answers, and what it means: which pictures, which message, which error. Pure.
import { z } from 'zod';
import {
  ContentPolicyError,
  GenerationError,
  InsufficientCreditsError,
  InvalidRequestError,
} from '../errors.ts';
import type { Refusal } from '../remote/refusal.ts';
import { shown } from '../remote/secrets.ts';

const name = 'fal.ai';

/** A request that was accepted. */
export const submitted = z.looseObject({
  request_id: z.string().regex(/^[\w-]{1,100}$/),
  response_url: z.string().nullish(),
});

/** How far a request is. */
export const statusTold = z.looseObject({
  status: z.string(),
  queue_position: z.number().nullish().catch(null),
  logs: z
    .array(z.looseObject({ message: z.string() }))
    .nullish()
    .catch(null),
  error: z.string().nullish().catch('no reason that could be read'),
});

/** Models answer in forms of their own: what is needed is looked for in `urlsIn`. */
export const answerForm = z.looseObject({ has_nsfw_concepts: z.array(z.boolean()).nullish().catch(null) });
export type Answer = z.output<typeof answerForm>;

/** What is shown of a request that has not ended. A status that is not known counts as such. */
export function messageOf({ status, queue_position, logs }: z.output<typeof statusTold>): string {
  return status === 'IN_QUEUE' ? placeInQueue(queue_position) : lastLine(logs);
}

function placeInQueue(position: number | null | undefined): string {
  if (position == null) return `In the queue at ${name}`;
  return position === 0 ? `Next in the queue at ${name}` : `In the queue at ${name}, ${position} ahead`;
}

function lastLine(logs: readonly { message: string }[] | null | undefined): string {
  const said = logs?.findLast(({ message }) => message.trim() !== '');
  return said ? shown(said.message, null) : `In progress at ${name}`;
}

const file = z.looseObject({ url: z.string() });

/** Where the files of an answer are, whether the model calls them images or a video, one or many. */
export function urlsIn(answer: Answer): string[] {
  const files = [answer.images, answer.image, answer.videos, answer.video].flat();
  return files.flatMap(one => file.safeParse(one).data?.url ?? []);
}

/** What is wrong with an answer that came without an error. */
export function faultOf(answer: Answer): GenerationError | null {
  const urls = urlsIn(answer);
  const flags = answer.has_nsfw_concepts ?? [];
  if (urls.length === 0) return new GenerationError(`The model at ${name} answered without a picture.`);
  // A picture that the model's own filter refused is delivered black.
  if (flags.length === urls.length && flags.every(Boolean))
    return new ContentPolicyError(`The filter of the model at ${name} refused every picture.`);
  return null;
}

const fault = z.looseObject({
  msg: z.string(),
  type: z.string().nullish(),
  loc: z.array(z.unknown()).catch([]),
});
const errorForm = z.looseObject({ detail: z.union([z.string(), z.array(fault)]) });

/** The words of an error, which is one text or a list of faults with their places. */
export function errorText(body: unknown): string | null {
  const detail = errorForm.safeParse(body).data?.detail;
  if (detail === undefined || typeof detail === 'string') return detail ?? null;
  return detail.map(({ loc, msg }) => [...loc.slice(1), msg].join(': ')).join('; ');
}

/** Refusals whose status does not tell what they are. */
export function explainRefusal({ status, said, body }: Refusal): GenerationError | null {
  const detail = errorForm.safeParse(body).data?.detail;
  if (Array.isArray(detail) && detail.some(({ type }) => type === 'content_policy_violation'))
    return new ContentPolicyError(
      `The model at ${name} refused the prompt or the picture: ${said ?? status}`,
    );
  if (status === 403 && /balance/i.test(said ?? ''))
    return new InsufficientCreditsError(`The account at ${name} has too little left to pay this: ${said}`);
  return null;
}

/** The error of a job that ended with a reason instead of an answer. */
export const modelFailed = (reason: string): GenerationError =>
  new GenerationError(`The model at ${name} failed: ${shown(reason, null)}`);

/** A model's own failure: another request may fare better. */
export function explainFailure({ status, said }: Refusal): GenerationError | null {
  return status >= 500 && said !== null ? modelFailed(`${said} (${status})`) : null;
}

/** Whether an error of the answer is the job's own end, and not one of asking for it. */
export const isEnd = (error: unknown): error is GenerationError =>
  error instanceof ContentPolicyError ||
  error instanceof InvalidRequestError ||
  (error instanceof GenerationError && error.constructor === GenerationError);
