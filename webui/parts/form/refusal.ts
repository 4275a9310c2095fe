// Why a picture from this device cannot be used, in words for whoever chose it. Pure.
import { Problem } from '../../../client/index.ts';
import { errorText, isUnheard } from '../../api/trouble.ts';
import { formatBytes } from '../bytes.ts';

type Chosen = Pick<File, 'name' | 'type' | 'size'>;

// The server's own limit, known here to spare a slow line forty megabytes for nothing. Its word stays the last one.
const MOST_BYTES = 32 * 1024 ** 2;

/** Why the file need not even be sent; null when it may be. */
export function refusalBefore(file: Chosen): string | null {
  if (!file.type.startsWith('image/')) return notAPicture(file);
  if (file.size === 0) return `${called(file)} is empty.`;
  return file.size > MOST_BYTES ? tooLarge(file) : null;
}

/** What to say when sending it did not work. */
export function refusalWords(file: Chosen, error: unknown): string {
  if (isUnheard(error)) return `${called(file)} did not get through: the server does not answer.`;
  if (!(error instanceof Problem)) return errorText(error);
  if (error.status === 413) return tooLarge(file);
  if (error.status === 415)
    return `${called(file)} cannot be used: ${lowerFirst(error.message)} PNG, JPEG and WebP always work.`;
  return `${called(file)} was not accepted. ${error.message}`;
}

function notAPicture(file: Chosen): string {
  return `${called(file)} is not a picture. PNG, JPEG and WebP always work.`;
}

function tooLarge(file: Chosen): string {
  return `${called(file)} is too large: it has ${formatBytes(file.size)}, and ${formatBytes(MOST_BYTES)} are the most.`;
}

function called({ name }: Chosen): string {
  return name === '' ? 'The picture' : `“${name}”`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
