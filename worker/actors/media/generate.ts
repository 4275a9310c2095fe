// One generation: its record, the provider's work, and what it made into the content store.
//
// An attempt that runs again makes a record of its own and closes what the one before it left. On any error the record is
// failed and nothing that was stored stays, so a result is either whole or not there.
import { z } from 'zod';
import { completeGeneration, failGeneration, startGeneration } from '../../../content/index.ts';
import {
  actionsOf,
  type GenerationRequest,
  type GenerationResult,
  type MediaProviderRegistry,
  UnsupportedAction,
} from '../../../providers/index.ts';
import type { ActorContext } from '../actor.ts';
import type { MediaPayload } from './input.ts';
import { recordedParams } from './record.ts';
import { readSourceImage } from './source.ts';
import { type Place, storeResult } from './store.ts';

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
  const { content, log } = job.context;
  const generate = findAction(job);
  const began = performance.now();
  const metadata_id = await begin(job);
  try {
    const result = await generate(await requestOf(job));
    const stored = await storeResult(result, {
      ...placeOf(job, metadata_id),
      report: reportStored(job, began),
    });
    await completeGeneration(content, metadata_id);
    return { metadata_id, ...stored };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    // The first error is the one that counts; a later attempt closes what this could not.
    await failGeneration(content, metadata_id, message.slice(0, 2000)).catch((err: unknown) =>
      log.warn({ err, metadata_id }, 'a failed generation could not be closed'),
    );
    throw error;
  }
}

/** The provider's own function for the action. Throws UnknownProvider, UnsupportedAction. */
function findAction({
  payload,
  providers,
}: MediaJob): (request: GenerationRequest) => Promise<GenerationResult> {
  const { provider: name, action_type } = payload;
  const provider = providers.get(name);
  const action = provider[action_type];
  if (!action) throw new UnsupportedAction(name, action_type, actionsOf(provider));
  return request => action.call(provider, request);
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

const resumable = z.union([
  z.object({ external_id: z.string() }),
  z.object({
    submitting: z.object({ since: z.string(), mark: z.union([z.string(), z.number(), z.null()]) }),
  }),
]);

// Of the whole progress; the rest is storing what the provider made.
const providerPart = 0.95;

async function requestOf({ payload, context, hosts }: MediaJob): Promise<GenerationRequest> {
  const { prompt, source_image, ...params } = payload.params;
  const { content, public_url, signal } = context;
  const source = { content, hosts, public_url, signal };
  return {
    prompt,
    params,
    source_image: source_image ? await readSourceImage(source_image, source) : null,
    prompt_id: payload.prompt_id,
    signal,
    progress: (elapsed_ms, message, fraction) =>
      context.progress(elapsed_ms, message, fraction === undefined ? undefined : fraction * providerPart),
    resume: resumable.safeParse(context.state).data ?? null,
    checkpoint: state => context.checkpoint(state),
  };
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
