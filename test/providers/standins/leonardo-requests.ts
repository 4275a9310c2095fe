// What Leonardo refuses in the bodies of its paid requests, by its documentation. The names of the fields are those of its own
// client: the compiler says when one is missing or too many.
import type {
  CreateGenerationRequestBody$Outbound,
  CreateImageToVideoGenerationRequestBody$Outbound,
} from '@leonardo-ai/sdk/sdk/models/operations/index.js';
import type { Body } from './leonardo-generations.ts';

/** Each field's own rule; `null` where the documentation has none that matters here. */
type Rules<Fields> = Record<keyof Fields, ((value: unknown) => boolean) | null>;

const text = (most: number) => (value: unknown) =>
  typeof value === 'string' && value.length > 0 && value.length <= most;
const number = (least: number, most: number) => (value: unknown) =>
  typeof value === 'number' && value >= least && value <= most;
const whole =
  (least: number, most: number, step = 1) =>
  (value: unknown) =>
    number(least, most)(value) && Number(value) % step === 0;
const oneOf =
  (...values: unknown[]) =>
  (value: unknown) =>
    values.includes(value);
const flag = oneOf(true, false);

const pictureRules: Rules<CreateGenerationRequestBody$Outbound> = {
  alchemy: flag,
  canvasInitId: null,
  canvasMaskId: null,
  canvasRequest: null,
  canvasRequestType: null,
  contrast: oneOf(1, 1.3, 1.8, 2.5, 3, 3.5, 4, 4.5),
  contrastRatio: null,
  controlNet: null,
  controlNetType: null,
  controlnets: null,
  elements: null,
  enhancePrompt: null,
  enhancePromptInstruction: null,
  expandedDomain: null,
  fantasyAvatar: null,
  guidance_scale: number(1, 20),
  height: whole(32, 1536, 8),
  highContrast: null,
  highResolution: null,
  imagePromptWeight: null,
  imagePrompts: null,
  init_generation_image_id: text(36),
  init_image_id: text(36),
  init_strength: number(0.1, 0.9),
  modelId: text(36),
  negative_prompt: value => typeof value === 'string',
  num_images: whole(1, 8),
  num_inference_steps: whole(10, 60),
  photoReal: flag,
  photoRealStrength: null,
  photoRealVersion: null,
  presetStyle: text(40),
  prompt: text(1500),
  promptMagic: null,
  promptMagicStrength: null,
  promptMagicVersion: null,
  public: flag,
  scheduler: null,
  sd_version: null,
  seed: whole(0, 9_999_999_998),
  tiling: flag,
  transparency: oneOf('disabled', 'foreground_only'),
  ultra: null,
  unzoom: null,
  unzoomAmount: null,
  upscaleRatio: null,
  userElements: null,
  weighting: null,
  width: whole(32, 1536, 8),
};

const filmRules: Rules<CreateImageToVideoGenerationRequestBody$Outbound> = {
  duration: oneOf(4, 5, 6, 8, 10),
  elements: null,
  endFrameImage: null,
  frameInterpolation: flag,
  height: null,
  imageId: text(36),
  imageType: oneOf('GENERATED', 'UPLOADED'),
  isPublic: flag,
  model: oneOf('MOTION2', 'MOTION2FAST', 'VEO3', 'VEO3FAST', 'KLING2_1', 'KLING2_5'),
  negativePrompt: value => typeof value === 'string',
  prompt: text(1500),
  promptEnhance: null,
  promptEnhanceInstruction: null,
  resolution: oneOf('RESOLUTION_480', 'RESOLUTION_720', 'RESOLUTION_1080'),
  seed: whole(0, 2_147_483_637),
  styleIds: null,
  width: null,
};

/** Why POST /generations refuses a body; null when it does not. */
export function problemOfPicture(body: Body): string | null {
  const { num_images = 4, width = 1024, height = 768 } = body;
  if (Number(num_images) > 4 && Math.max(Number(width), Number(height)) > 768) return 'Too many images';
  return problemBy(pictureRules, ['prompt'], body);
}

/** Why POST /generations-image-to-video refuses a body; null when it does not. */
export const problemOfFilm = (body: Body): string | null =>
  problemBy(filmRules, ['prompt', 'imageId', 'imageType'], body);

function problemBy(
  rules: Record<string, ((value: unknown) => boolean) | null>,
  required: string[],
  body: Body,
): string | null {
  for (const name of required) if (body[name] === undefined) return `expected "${name}"`;
  for (const [name, value] of Object.entries(body)) {
    if (!Object.hasOwn(rules, name)) return `unexpected variable "${name}"`;
    if (value !== null && rules[name]?.(value) === false) return `invalid ${name}`;
  }
  return null;
}
