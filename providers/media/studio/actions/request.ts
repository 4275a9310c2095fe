// Reading what was asked for: params and the source picture, checked before any work begins.
import sharp from 'sharp';
import type { z } from 'zod';
import { InvalidRequestError } from '../../errors.ts';
import type { GenerationRequest } from '../../provider.ts';
import { type Canvas, canvasOf } from '../paint.ts';

/** The params in their schema's form, defaults filled in. Throws InvalidRequestError. */
export function readParams<Schema extends z.ZodType>(
  schema: Schema,
  { params, source_image }: GenerationRequest,
): z.output<Schema> {
  // The picture itself travels beside the params.
  const parsed = schema.safeParse(source_image ? { source_image: 'given', ...params } : params);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'params'}: ${message}`,
  );
  throw new InvalidRequestError(`The studio cannot do this. ${problems.join('; ')}`);
}

// Larger pictures would take a gigabyte once unpacked.
const mostSourcePixels = 50_000_000;
const least = 64;

interface WantedSize {
  width?: number | undefined;
  height?: number | undefined;
}

/** The source picture in the wanted size (its own size, at most `most` pixels a side, by default). Throws InvalidRequestError. */
export async function readSource(
  { source_image }: GenerationRequest,
  wanted: WantedSize,
  most: number,
): Promise<Canvas> {
  if (!source_image)
    throw new InvalidRequestError('This action needs a source picture: give params.source_image.');
  try {
    const image = sharp(source_image.bytes, { limitInputPixels: mostSourcePixels });
    const { autoOrient } = await image.metadata();
    const size = sizeFor(autoOrient, wanted, most);
    return await canvasOf(
      image
        .autoOrient()
        .resize({ ...size, fit: 'cover' })
        .flatten({ background: '#ffffff' }),
    );
  } catch (error) {
    throw new InvalidRequestError(
      'The source picture cannot be read: it is damaged, too large, or no picture.',
      {
        cause: error,
      },
    );
  }
}

/** A wanted side stands; the other one follows the shape of the picture. */
function sizeFor(
  own: { width: number; height: number },
  { width, height }: WantedSize,
  most: number,
): { width: number; height: number } {
  const ratio = own.width / own.height;
  const scale = Math.min(1, most / Math.max(own.width, own.height));
  const within = (side: number) => Math.min(Math.max(Math.round(side), least), most);
  return {
    width: width ?? within(height === undefined ? own.width * scale : height * ratio),
    height: height ?? within(width === undefined ? own.height * scale : width / ratio),
  };
}

/** 0, 1, … up to `count`, which is not among them. */
export const numbersTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Says which of several pictures a message is about. */
export const labelOf =
  (what: string, index: number, count: number) =>
  (message: string): string =>
    count > 1 ? `${what} ${index + 1} of ${count}: ${message.toLowerCase()}` : message;
