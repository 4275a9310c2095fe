// The bodies of Leonardo's paid requests. It refuses a field that it does not know, so only what was asked for is sent. Pure.
import { InvalidRequestError } from '../errors.ts';
import type { FilmParams, PictureParams } from './params.ts';

/** A picture to start from, as Leonardo knows it. */
export interface Start {
  id: string;
  from: 'GENERATED' | 'UPLOADED';
}

/** Of POST /generations. Throws InvalidRequestError for what Leonardo would refuse after an upload. */
export function pictureBody(params: PictureParams, seed: number): Record<string, unknown> {
  const { width, height, num_images } = params;
  if (num_images > 4 && Math.max(width, height) > 768)
    throw new InvalidRequestError(
      'Leonardo makes at most 4 pictures at once when a side is longer than 768: ask for fewer or smaller ones.',
    );
  return given({
    prompt: params.prompt,
    negative_prompt: params.negative_prompt,
    width,
    height,
    num_images,
    seed,
    public: params.public,
    modelId: params.model_id,
    presetStyle: params.preset_style,
    guidance_scale: params.guidance_scale,
    num_inference_steps: params.num_inference_steps,
    contrast: params.contrast,
    transparency: params.transparency,
    alchemy: params.alchemy,
    photoReal: params.photo_real,
    tiling: params.tiling,
  });
}

/** What a picture's body has in addition when it starts from another. */
export const startFields = ({ id, from }: Start, init_strength: number): Record<string, unknown> => ({
  [from === 'GENERATED' ? 'init_generation_image_id' : 'init_image_id']: id,
  init_strength,
});

/** Of POST /generations-image-to-video. */
export function filmBody(params: FilmParams, { id, from }: Start, seed: number): Record<string, unknown> {
  const { prompt, negative_prompt, model, resolution, duration, frame_interpolation } = params;
  return given({
    prompt,
    negativePrompt: negative_prompt,
    model,
    resolution,
    duration,
    frameInterpolation: frame_interpolation,
    isPublic: params.public,
    seed,
    imageId: id,
    imageType: from,
  });
}

const given = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
