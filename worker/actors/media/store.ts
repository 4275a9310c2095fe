// What a provider made, into the content store: files made here as they are, everything else downloaded as a stream.
import { type Content, type ContentRecord, storeContent } from '../../../content/index.ts';
import {
  download,
  GenerationError,
  type GenerationResult,
  measuredBy,
  measurePicture,
  recognise,
} from '../../../providers/index.ts';

/** One picture or film of a result: its bytes, or where they are. */
export type Output = { bytes: Uint8Array } | { url: string };

/** The pictures of a result, in order. Throws GenerationError when there are none. */
export function outputsOf({ files = [], urls }: GenerationResult): Output[] {
  const outputs = [...files.map(({ bytes }) => ({ bytes })), ...urls.map(url => ({ url }))];
  if (outputs.length === 0) throw new GenerationError('The provider returned no picture.');
  return outputs;
}

export interface Place {
  content: Content;
  content_id: string;
  metadata_id: string;
  workflow_run_id: string;
  index: number;
  hosts: readonly string[];
  signal: AbortSignal;
}

/** Stores one output, bytes and record; when it throws, neither is left. */
export async function storeOutput(
  output: Output,
  { content, hosts, signal, ...place }: Place,
): Promise<ContentRecord> {
  const { format, body } = await openOutput(output, hosts, signal);
  const head = keepHead(body);
  return storeContent(content, {
    ...place,
    provider_url: 'url' in output ? output.url : null,
    content_type: format.content_type,
    extension: format.extension,
    body: head.body,
    measure: () => measurePicture(head.bytes()),
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

/** The same stream; its first bytes are kept for a look at them once it has passed. */
function keepHead(body: AsyncIterable<Uint8Array>) {
  const kept: Uint8Array[] = [];
  let size = 0;
  async function* passed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      if (size < measuredBy) kept.push(chunk);
      size += chunk.length;
      yield chunk;
    }
  }
  return { body: passed(), bytes: () => Buffer.concat(kept) };
}
