// The generations of the stand-in for Leonardo, and how it tells them.
import { randomUUID } from 'node:crypto';

export type Body = Record<string, unknown>;

export interface Image {
  id: string;
}

interface Script {
  now: () => number;
  statuses: readonly string[];
  lasts_ms: number;
  empty: boolean;
  cost: unknown;
  apiCreditCost: unknown;
}

export function newGeneration(
  body: Body,
  isFilm: boolean,
  { now, statuses, lasts_ms, empty }: Pick<Script, 'now' | 'statuses' | 'lasts_ms' | 'empty'>,
) {
  const count = empty ? 0 : isFilm ? 1 : Number(body.num_images ?? 4);
  const images = Array.from({ length: count }, (): Image => ({ id: randomUUID() }));
  const id: string = randomUUID();
  return {
    id,
    body,
    isFilm,
    images,
    created_at: now(),
    ends_at: now() + lasts_ms,
    statuses: [...statuses],
    looks: 0,
  };
}

/** The answer to a submit. */
export const accepted = (
  generationId: string,
  { cost, apiCreditCost }: Pick<Script, 'cost' | 'apiCreditCost'>,
) => ({
  generationId,
  apiCreditCost,
  cost,
});

/** A generation as looks and lists tell it; with pictures only once it is complete. */
export function told(
  { id, body, isFilm, images, created_at }: ReturnType<typeof newGeneration>,
  status: string,
  url: string,
) {
  return {
    id,
    status,
    // Without a zone: it is UTC.
    createdAt: new Date(created_at).toISOString().replace('Z', ''),
    prompt: body.prompt,
    negativePrompt: body.negative_prompt ?? body.negativePrompt ?? '',
    seed: body.seed ?? null,
    modelId: body.modelId ?? null,
    imageWidth: body.width ?? 1024,
    imageHeight: body.height ?? 768,
    inferenceSteps: body.num_inference_steps ?? null,
    guidanceScale: body.guidance_scale ?? null,
    initStrength: body.init_strength ?? null,
    scheduler: 'EULER_DISCRETE',
    sdVersion: 'SDXL_LIGHTNING',
    presetStyle: body.presetStyle ?? null,
    photoReal: body.photoReal ?? false,
    public: body.public ?? body.isPublic ?? false,
    generation_elements: [],
    generated_images: status === 'COMPLETE' ? images.map(image => imageOf(image, isFilm, url)) : [],
  };
}

const imageOf = ({ id }: Image, isFilm: boolean, url: string) => ({
  id,
  url: `${url}/cdn/${id}.png`,
  nsfw: false,
  likeCount: 0,
  motionMP4URL: isFilm ? `${url}/cdn/${id}.mp4` : null,
  generated_image_variation_generics: [],
});
