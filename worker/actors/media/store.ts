// What a provider made, into the content store: files made here as they are, everything else downloaded as a stream.
import {
  type Content,
  type ContentRecord,
  newContentId,
  recordAnswer,
  storeContent,
} from '../../../content/index.ts';
import { download, GenerationError, type GenerationResult, recognise } from '../../../providers/index.ts';
import { boundedAnswer } from './record.ts';

export interface Place {
  content: Content;
  metadata_id: string;
  workflow_run_id: string;
  /** Host names without port that media may be fetched from. */
  hosts: readonly string[];
  signal: AbortSignal;
  /** Base of our own links, empty when they are paths. */
  public_url: string;
  /** Told after each one. */
  report: (stored: number, count: number) => unknown;
}

/**
 * Keeps the provider's answer and stores all it made. When it throws, the generation must be failed: that removes what was
 * stored by then.
 */
export async function storeResult(
  result: GenerationResult,
  place: Place,
): Promise<{ content_ids: string[]; urls: string[] }> {
  const outputs = outputsOf(result);
  const content_ids = outputs.map(newContentId);
  const { provider_task_id, raw_response, cost = null } = result;
  const answer = { provider_task_id, response_data: boundedAnswer(raw_response), cost, content_ids };
  await recordAnswer(place.content, place.metadata_id, answer);
  const urls: string[] = [];
  for (const [index, output] of outputs.entries()) {
    urls.push(urlOf(await storeOutput(output, content_ids[index]!, index, place), place.public_url));
    await place.report(index + 1, outputs.length);
  }
  return { content_ids, urls };
}

/** One picture or film of a result: its bytes, or where they are. */
type Output = { bytes: Uint8Array } | { url: string };

function outputsOf({ files = [], urls }: GenerationResult): Output[] {
  const outputs = [...files.map(({ bytes }) => ({ bytes })), ...urls.map(url => ({ url }))];
  if (outputs.length === 0) throw new GenerationError('The provider returned no picture.');
  return outputs;
}

/** Where a stored picture can be fetched. */
export const urlOf = ({ workflow_run_id, content_id, extension }: ContentRecord, base: string): string =>
  `${base}/workflow/${encodeURIComponent(workflow_run_id)}/media/${content_id}.${extension}`;

async function storeOutput(
  output: Output,
  content_id: string,
  index: number,
  { content, metadata_id, workflow_run_id, hosts, signal }: Place,
): Promise<ContentRecord> {
  const { format, body } = await openOutput(output, hosts, signal);
  return storeContent(content, {
    content_id,
    metadata_id,
    workflow_run_id,
    index,
    provider_url: 'url' in output ? output.url : null,
    content_type: format.content_type,
    extension: format.extension,
    body,
    signal,
  });
}

async function openOutput(output: Output, hosts: readonly string[], signal: AbortSignal) {
  if ('url' in output) return download(output.url, { hosts, signal });
  const format = recognise(output.bytes);
  if (!format) throw new GenerationError('The provider made something that is no picture or film.');
  return { format, body: onePiece(output.bytes) };
}

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
