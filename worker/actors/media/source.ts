// The source picture of a task: a content id, a data URL, or the URL of a picture of ours or of an allowed host.
import { type Content, getContent, isContentId, readContent } from '../../../content/index.ts';
import { download, InvalidRequestError, recognise, type SourceImage } from '../../../providers/index.ts';

export interface SourceOptions {
  content: Content;
  /** Host names without port that pictures may be fetched from. */
  hosts: readonly string[];
  /** Base of our own links, empty when they are paths. */
  public_url: string;
  signal: AbortSignal;
}

const maxBytes = 32 * 1024 ** 2;

/** Reads a source picture. Throws InvalidRequestError when there is none, DownloadError when it cannot be fetched. */
export async function readSourceImage(text: string, options: SourceOptions): Promise<SourceImage> {
  if (text.startsWith('data:')) return pictureOf(decodeDataUrl(text));
  const content_id = isContentId(text) ? text : await ourContent(text, options);
  if (content_id !== null) return pictureOf(await readStored(content_id, options.content));
  if (!/^https?:\/\//i.test(text))
    throw new InvalidRequestError('source_image must be a content id, a data URL or an http(s) URL.');
  const { body } = await download(text, { hosts: options.hosts, signal: options.signal, maxBytes });
  return { ...pictureOf(await collect(body)), url: text };
}

function pictureOf(bytes: Buffer): SourceImage {
  const format = recognise(bytes);
  if (format?.kind !== 'image')
    throw new InvalidRequestError('source_image is not a picture of a known kind.');
  return { bytes, content_type: format.content_type, extension: format.extension };
}

function decodeDataUrl(text: string): Buffer {
  const match = /^data:[^,]*;base64,([A-Za-z0-9+/]*={0,2})$/.exec(text);
  if (!match?.[1]) throw new InvalidRequestError('source_image is a data URL that is not base64.');
  return Buffer.from(match[1], 'base64');
}

const mediaPath = /\/workflow\/([^/]+)\/media\/(gc_[0-9a-f-]{36})\.[a-z0-9]+$/;

/** The content id in a link of ours, or null for any other text. */
async function ourContent(text: string, { content, public_url }: SourceOptions): Promise<string | null> {
  const here = public_url || 'http://localhost';
  if (!URL.canParse(text, here)) return null;
  const url = new URL(text, here);
  const isOurs =
    url.origin === new URL(here).origin || ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  const [, run, content_id] = mediaPath.exec(url.pathname) ?? [];
  if (!isOurs || run === undefined || content_id === undefined) return null;
  const record = await getContent(content, content_id);
  return record && encodeURIComponent(record.workflow_run_id) === run ? content_id : null;
}

async function readStored(content_id: string, content: Content): Promise<Buffer> {
  const record = await getContent(content, content_id);
  const body = record && (await readContent(content, record, { end: maxBytes + 1 }));
  if (!body) throw new InvalidRequestError(`source_image: there is no content ${content_id}.`);
  return collect(body);
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new InvalidRequestError(`source_image is larger than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
