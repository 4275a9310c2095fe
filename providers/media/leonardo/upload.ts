// Handing Leonardo a picture to start from: it gives a form for its store, which is good for two minutes and wants none of
// our headers. Unpaid, so it may be done again.
import { z } from 'zod';
import { InvalidRequestError, ProviderUnavailableError } from '../errors.ts';
import type { SourceImage } from '../provider.ts';
import type { ApiClient } from '../remote/http.ts';
import { initImage } from './answers.ts';

const extensions = ['png', 'jpg', 'jpeg', 'webp'];
const formFields = z.record(z.string(), z.string());

/** Less than the two minutes that a form is good for. */
const usableMs = 100_000;
const mostForms = 3;

/** The id of the uploaded picture. Throws InvalidRequestError for a kind that Leonardo does not take. */
export async function uploadPicture(
  api: ApiClient,
  picture: SourceImage,
  signal: AbortSignal,
): Promise<string> {
  const { extension } = picture;
  if (!extensions.includes(extension))
    throw new InvalidRequestError(
      `Leonardo takes no ${extension} as source picture: give it ${extensions.join(', ')}.`,
    );
  for (let forms = 0; forms < mostForms; forms++) {
    const asking = { answer: initImage, body: { extension }, signal };
    const { uploadInitImage: form } = await api.send('POST', '/init-image', asking);
    if (await post(form, picture, api, signal)) return form.id;
  }
  throw new ProviderUnavailableError(`Leonardo's store did not take the source picture, ${mostForms} times.`);
}

interface Form {
  url: string;
  /** JSON. */
  fields: string;
}

/** Whether the store took it; false when a new form may help. */
async function post(form: Form, picture: SourceImage, api: ApiClient, signal: AbortSignal): Promise<boolean> {
  const url = api.checkUpload(form.url);
  const late = AbortSignal.timeout(usableMs);
  try {
    const body = filled(form.fields, picture);
    const within = AbortSignal.any([signal, late]);
    const response = await fetch(url, { method: 'POST', body, redirect: 'manual', signal: within });
    await response.body?.cancel();
    return response.ok;
  } catch (cause) {
    signal.throwIfAborted();
    if (late.aborted) return false;
    throw new ProviderUnavailableError("Leonardo's store cannot be reached, or gave no form.", { cause });
  }
}

/** The store reads the fields in order and wants the file last. */
function filled(fields: string, { bytes, content_type, extension }: SourceImage): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(formFields.parse(JSON.parse(fields)))) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(bytes)], { type: content_type }), `source.${extension}`);
  return form;
}
