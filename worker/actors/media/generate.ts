// One generation: its record, the provider's work, and what it made into the content store.
//
// An attempt that runs again makes a record of its own and closes what the one before it left. On any error the record is
// failed and nothing that was stored stays, so a result is either whole or not there.
import { z } from 'zod';
import {
  completeGeneration,
  failGeneration,
  newContentId,
  recordAnswer,
  startGeneration,
} from '../../../content/index.ts';
import {
  actionsOf,
  type GenerationRequest,
  type GenerationResult,
  type MediaProviderRegistry,
  UnsupportedAction,
} from '../../../providers/index.ts';
import type { ActorContext } from '../actor.ts';
import type { MediaPayload } from './input.ts';
import { boundedAnswer, recordedParams } from './record.ts';
import { readSourceImage } from './source.ts';
import { outputsOf, storeOutput } from './store.ts';

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
  const metadata_id = await begin(job);
  try {
    const result = await generate(await requestOf(job));
    const stored = await storeResult(result, metadata_id, job);
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

const resumable = z.object({ external_id: z.string() });

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

async function storeResult(
  result: GenerationResult,
  metadata_id: string,
  { payload: { workflow_run_id }, context, hosts }: MediaJob,
): Promise<Omit<GenerationOutcome, 'metadata_id'>> {
  const { content, signal, public_url } = context;
  const outputs = outputsOf(result);
  const content_ids = outputs.map(newContentId);
  const { provider_task_id, raw_response, cost = null } = result;
  const response_data = boundedAnswer(raw_response);
  await recordAnswer(content, metadata_id, { provider_task_id, response_data, cost, content_ids });
  const urls: string[] = [];
  for (const [index, output] of outputs.entries()) {
    const place = {
      content,
      content_id: content_ids[index]!,
      metadata_id,
      workflow_run_id,
      index,
      hosts,
      signal,
    };
    const { content_id, extension } = await storeOutput(output, place);
    urls.push(
      `${public_url}/workflow/${encodeURIComponent(workflow_run_id)}/media/${content_id}.${extension}`,
    );
  }
  return { content_ids, urls };
}
