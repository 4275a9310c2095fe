// Fetching a picture or film from a provider's host as a stream: checked, bounded, and nothing left open on failure.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable } from 'node:stream';
import { checkUrl, guardedLookup } from './addresses.ts';
import { DownloadError } from './errors.ts';
import { type MediaFormat, recognise, recognisedBy } from './formats.ts';

export interface DownloadOptions {
  /** Host names without port that may be asked; also asked of every redirect. */
  hosts: readonly string[];
  signal: AbortSignal;
  /** 512 MiB by default. */
  maxBytes?: number;
  /** For the whole download, 10 minutes by default. */
  timeoutMs?: number;
  /** Longest silence of the server, 30 s by default. */
  idleMs?: number;
}

export interface Download {
  format: MediaFormat;
  /** Breaks with a DownloadError (or the signal's reason) when the rest does not come whole. Read it or destroy it. */
  body: Readable;
}

const maxRedirects = 5;

/**
 * Begins a download and resolves once its first bytes show that it is media of a known kind. Throws DownloadError,
 * permanent where another try cannot help, or the signal's reason.
 */
export async function download(url: string, options: DownloadOptions): Promise<Download> {
  const { maxBytes = 512 * 1024 ** 2, timeoutMs = 600_000, idleMs = 30_000 } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  const limits: Limits = { ...options, maxBytes, timeoutMs, idleMs, deadline };
  const signal = AbortSignal.any([options.signal, deadline]);
  try {
    const response = await follow(parseUrl(url), limits, signal);
    return await open(response, limits);
  } catch (error) {
    throw explain(error, limits);
  }
}

type Limits = Required<DownloadOptions> & { deadline: AbortSignal };

function parseUrl(text: string, base?: URL): URL {
  if (!URL.canParse(text, base?.href))
    throw new DownloadError('The media URL is not a URL.', { permanent: true });
  return new URL(text, base);
}

/** Asks until an answer is no redirect; each place is checked before it is asked. */
async function follow(first: URL, limits: Limits, signal: AbortSignal): Promise<IncomingMessage> {
  let url = first;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const response = await ask(url, limits, signal);
    const { statusCode = 0, headers } = response;
    if (statusCode === 200) return response;
    response.destroy();
    if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined)
      throw refused(statusCode);
    const next = parseUrl(headers.location, url);
    if (url.protocol === 'https:' && next.protocol === 'http:')
      throw new DownloadError('A media URL led from https to http.', { permanent: true });
    url = next;
  }
  throw new DownloadError(`A media URL redirected more than ${maxRedirects} times.`, { permanent: true });
}

function refused(status: number): DownloadError {
  // A content network may not have a new file yet (404); other answers of this kind will not change.
  const permanent = status >= 400 && status < 500 && ![404, 408, 425, 429].includes(status);
  return new DownloadError(`The media server answered ${status}.`, { permanent });
}

function ask(url: URL, { hosts, idleMs }: Limits, signal: AbortSignal): Promise<IncomingMessage> {
  checkUrl(url, hosts);
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const headers = { accept: 'image/*, video/*', 'accept-encoding': 'identity' };
  return new Promise((resolve, reject) => {
    // No kept connection: an idle socket would outlive the download.
    const asking = request(url, { lookup: guardedLookup(hosts), agent: false, headers, signal }, resolve);
    asking.setTimeout(idleMs, () =>
      asking.destroy(new DownloadError(`The media server was silent for ${idleMs} ms.`)),
    );
    // Stays: a connection may break again after its first answer, when nobody else listens.
    asking.on('error', reject).end();
  });
}

async function open(response: IncomingMessage, limits: Limits): Promise<Download> {
  const chunks = counted(response, limits);
  try {
    if (Number(response.headers['content-length'] ?? 0) > limits.maxBytes) throw tooLarge(limits);
    const head = await readHead(chunks);
    const format = recognise(head);
    if (!format)
      throw new DownloadError('The media server sent something that is no picture or film.', {
        permanent: true,
      });
    const body = Readable.from(joined(head, chunks, limits), { objectMode: false });
    body.once('close', () => response.destroy());
    return { format, body };
  } catch (error) {
    response.destroy();
    throw error;
  }
}

async function* counted(response: IncomingMessage, limits: Limits): AsyncGenerator<Buffer, void> {
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limits.maxBytes) throw tooLarge(limits);
    yield chunk;
  }
}

const tooLarge = ({ maxBytes }: Limits): DownloadError =>
  new DownloadError(`The media is larger than ${maxBytes} bytes.`, { permanent: true });

async function readHead(chunks: AsyncGenerator<Buffer, void>): Promise<Buffer> {
  let head = Buffer.alloc(0);
  while (head.length < recognisedBy) {
    const { value } = await chunks.next();
    if (!value) break;
    head = Buffer.concat([head, value]);
  }
  return head;
}

async function* joined(
  head: Buffer,
  rest: AsyncGenerator<Buffer, void>,
  limits: Limits,
): AsyncGenerator<Buffer, void> {
  try {
    yield head;
    yield* rest;
  } catch (error) {
    throw explain(error, limits);
  }
}

/** What broke, as the caller should see it: his own abort as it is, everything else as a DownloadError. */
function explain(error: unknown, { signal, deadline, timeoutMs }: Limits): unknown {
  if (signal.aborted) return signal.reason;
  if (deadline.aborted)
    return new DownloadError(`The download took longer than ${timeoutMs} ms.`, { cause: error });
  if (error instanceof DownloadError) return error;
  return new DownloadError('The download broke off.', { cause: error });
}
