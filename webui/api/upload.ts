// Sends a picture to the server. By XMLHttpRequest, because fetch does not tell how much of a body has gone.
import { BASE } from './base.ts';
import type { Content } from './contents.ts';
import { problemFrom, unreachable } from './http.ts';

export type UploadOptions = {
  workflow_run_id: string;
  /** Called with 0 to 1, as bytes leave this device. */
  onProgress: (fraction: number) => void;
  signal: AbortSignal;
};

/**
 * Stores a picture as it is and resolves its record. Rejects with a Problem, also when there is no answer (status 0), and
 * with an AbortError once the signal is aborted.
 */
export function uploadPicture(
  file: Blob,
  { workflow_run_id, onProgress, signal }: UploadOptions,
): Promise<Content> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `${BASE}/api/v1/contents?${new URLSearchParams({ workflow_run_id })}`);
    request.setRequestHeader('content-type', file.type);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => {
      const body = parse(request.responseText);
      if (request.status === 201) resolve(body as Content);
      else reject(problemFrom(request.status, body));
    };
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new DOMException('The upload was stopped.', 'AbortError'));
    signal.addEventListener('abort', () => request.abort());
    request.send(file);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
