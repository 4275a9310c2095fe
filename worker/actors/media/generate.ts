// One generation: its record, the provider's work, and what it made into the content store.
//
// An attempt that runs again makes a record of its own and closes what the one before it left, and downloads again what that
// one had not finished; but a generation that was completed is the task's answer, whatever became of the attempt. On any error
// the record is failed and nothing that was stored stays, so a result is either whole or not there.
import {
  completeGeneration,
  failGeneration,
  findMade,
  GenerationClosed,
  recordJob,
  startGeneration,
} from '../../../content/index.ts';
import {
  actionsOf,
  type GenerationRequest,
  type GenerationResult,
  type MediaProviderRegistry,
  type SourceImage,
  type Submission,
  UnsupportedAction,
} from '../../../providers/index.ts';
import type { ActorContext } from '../actor.ts';
import type { MediaPayload } from './input.ts';
import { recordedParams } from './record.ts';
import { forgetGone, resumeOf } from './resume.ts';
import { readSourceImage } from './source.ts';
import { type Place, storeResult, urlOf } from './store.ts';

export interface MediaJob {
  payload: MediaPayload;
  context: ActorContext;
  providers: MediaProviderRegistry;
  /** Host names without port that media may be fetched from. */
  hosts: readonly string[];
}

export interface GenerationOutcome {
  metadata_id: string;
  content_ids: string[];
  urls: string[];
}

/** Runs a generation from its record to its stored pictures. Throws what the provider or the store throws. */
export async function runGeneration(job: MediaJob): Promise<GenerationOutcome> {
  const generate = findAction(job);
  const made = job.context.attempt > 1 && (await alreadyMade(job));
  if (made) return made;
  const metadata_id = await begin(job);
  try {
    return await make(job, metadata_id, generate);
  } catch (error) {
    await close(job, metadata_id, error);
    const other = error instanceof GenerationClosed && (await alreadyMade(job));
    if (other) return other;
    throw error;
  }
}

type Generate = (request: GenerationRequest) => Promise<GenerationResult>;

/** The provider's own function for the action. Throws UnknownProvider, UnsupportedAction. */
function findAction({ payload, providers }: MediaJob): Generate {
  const { provider: name, action_type } = payload;
  const provider = providers.get(name);
  const action = provider[action_type];
  if (!action) throw new UnsupportedAction(name, action_type, actionsOf(provider));
  return request => action.call(provider, request);
}

/** What an attempt has made whose end never arrived: the payload is the same, so it is the answer of this one. */
async function alreadyMade({ context }: MediaJob): Promise<GenerationOutcome | null> {
  const { content, task_id, public_url, log } = context;
  const made = await findMade(content, task_id);
  if (!made) return null;
  const { metadata_id, contents } = made;
  log.info({ metadata_id }, 'an earlier attempt has made this already');
  return {
    metadata_id,
    content_ids: contents.map(({ content_id }) => content_id),
    urls: contents.map(record => urlOf(record, public_url)),
  };
}

function begin({ payload, context }: MediaJob): Promise<string> {
  const { action_type, params, workflow_run_id, interaction_id, provider, prompt_id, source_data } = payload;
  const { content, task_id, attempt } = context;
  return startGeneration(content, {
    workflow_run_id,
    interaction_id,
    provider,
    prompt_id,
    operation: action_type,
    request_params: recordedParams(params),
    source_data,
    task_id,
    attempt,
  });
}

async function make(job: MediaJob, metadata_id: string, generate: Generate): Promise<GenerationOutcome> {
  const began = performance.now();
  const request = await requestOf(job, metadata_id);
  const result = await generate(request).catch(error => forgetGone(error, request.resume, job.context));
  const stored = await storeResult(result, {
    ...placeOf(job, metadata_id),
    report: reportStored(job, began),
  });
  await completeGeneration(job.context.content, metadata_id);
  return { metadata_id, ...stored };
}

async function close(
  { context: { content, log } }: MediaJob,
  metadata_id: string,
  error: unknown,
): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  // The first error is the one that counts; a later attempt closes what this could not.
  await failGeneration(content, metadata_id, message.slice(0, 2000)).catch((err: unknown) =>
    log.warn({ err, metadata_id }, 'a failed generation could not be closed'),
  );
}

// Of the whole progress; the rest is storing what the provider made.
const providerPart = 0.95;

async function requestOf(job: MediaJob, metadata_id: string): Promise<GenerationRequest> {
  const { payload, context } = job;
  const { prompt, source_image: _read, ...params } = payload.params;
  const resume = await resumeOf(context);
  await noteJob(job, metadata_id, resume);
  return {
    prompt,
    params,
    source_image: await sourceOf(job, resume),
    prompt_id: payload.prompt_id,
    signal: context.signal,
    progress: (elapsed_ms, message, fraction) =>
      context.progress(elapsed_ms, message, fraction === undefined ? undefined : fraction * providerPart),
    resume,
    async checkpoint(state) {
      await context.checkpoint(state);
      await noteJob(job, metadata_id, state);
    },
  };
}

/** Beside the task's own state, which decides: a record that cannot be written now must not end a paid job. */
async function noteJob(
  { context: { content, log } }: MediaJob,
  metadata_id: string,
  state: Submission | null,
): Promise<void> {
  if (state === null || !('external_id' in state)) return;
  await recordJob(content, metadata_id, {
    provider_task_id: state.external_id,
    cost: state.cost ?? null,
  }).catch((err: unknown) =>
    log.warn({ err, metadata_id }, 'the id of an outside job is not in its record yet'),
  );
}

async function sourceOf(
  { payload, context, hosts }: MediaJob,
  resume: Submission | null,
): Promise<SourceImage | null> {
  const { source_image } = payload.params;
  const { content, public_url, signal } = context;
  if (!source_image) return null;
  try {
    return await readSourceImage(source_image, { content, hosts, public_url, signal });
  } catch (error) {
    // What was submitted has its picture: that it is gone here by now is no reason to lose what was paid for.
    if (resume) return null;
    throw error;
  }
}

function placeOf({ payload, context, hosts }: MediaJob, metadata_id: string): Omit<Place, 'report'> {
  const { content, signal, public_url } = context;
  return { content, metadata_id, workflow_run_id: payload.workflow_run_id, hosts, signal, public_url };
}

function reportStored({ context }: MediaJob, began: number): Place['report'] {
  return (stored, count) => {
    const fraction = providerPart + (stored / count) * (1 - providerPart);
    return context.progress(Math.round(performance.now() - began), `Stored ${stored} of ${count}`, fraction);
  };
}
