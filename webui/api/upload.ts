// Sends a picture to the server. By XMLHttpRequest, because fetch does not tell how much of a body has gone.
import { type Content, createClient } from '../../client/index.ts';
import { BASE } from './base.ts';

export type UploadOptions = {
  workflow_run_id: string;
  /** Called with 0 to 1, as bytes leave this device. */
  onProgress: (fraction: number) => void;
  signal: AbortSignal;
};

// As long as it goes on it may take its time; a slow line needs minutes.
const LONGEST_MS = 3_600_000;

/**
 * Stores a picture as it is and resolves its record. Rejects as the client does, and with the signal's reason once that is
 * aborted.
 */
export function uploadPicture(
  file: Blob,
  { workflow_run_id, onProgress, signal }: UploadOptions,
): Promise<Content> {
  const client = createClient({ url: BASE, fetch: sendTelling(onProgress), timeoutMs: LONGEST_MS });
  return client.contents.upload(file, { workflow_run_id, signal });
}

/** What fetch does of which an upload needs something, by other means. */
function sendTelling(onProgress: (fraction: number) => void): typeof fetch {
  return (url, { method = 'GET', headers, body, signal } = {}) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const request = new XMLHttpRequest();
      request.open(method, url instanceof Request ? url.url : url);
      new Headers(headers).forEach((value, name) => {
        request.setRequestHeader(name, value);
      });
      request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
      request.onload = () => resolve(answerOf(request));
      request.onerror = () => reject(new TypeError('There was no answer.'));
      request.onabort = () => reject(signal?.reason);
      signal?.addEventListener('abort', () => request.abort());
      request.send(body instanceof Blob ? body : null);
    });
}

function answerOf(request: XMLHttpRequest): Response {
  const headers = { 'Content-Type': request.getResponseHeader('Content-Type') ?? '' };
  // An answer that has no body may be given none.
  return new Response(request.responseText || null, { status: request.status, headers });
}
