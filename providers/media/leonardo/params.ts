// What Leonardo can be asked for. The form on the page, the check at the server's door and the defaults come from here; what
// is left out is left to Leonardo.
import { z } from 'zod';

const prompt = z.string().max(1500).meta({
  title: 'Prompt',
  description:
    'What the picture should show, at most 1500 characters. Needs LEONARDO_API_KEY where the worker runs.',
});

const side = (title: 'Width' | 'Height', usual: number) =>
  z
    .int()
    .min(32)
    .max(1536)
    .multipleOf(8)
    .default(usual)
    .meta({ title, description: 'Pixels, 32 to 1536, a multiple of 8.' });

const uuid = z.string().regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/, 'must be a UUID');

/** The largest one that all of Leonardo's models take. */
export const largestSeed = 2_147_483_637;

const shared = {
  prompt,
  negative_prompt: z.string().max(1500).optional().meta({
    title: 'Negative prompt',
    description: 'What it should not show.',
  }),
  seed: z.int().min(0).max(largestSeed).optional().meta({
    title: 'Seed',
    description: 'The same number gives a similar picture again; left out, it is a random one.',
  }),
  public: z.boolean().default(false).meta({
    title: 'Public',
    description: "Whether Leonardo may show it in its community's feed.",
  }),
};

const picture = {
  ...shared,
  width: side('Width', 1024),
  height: side('Height', 768),
  num_images: z.int().min(1).max(8).default(1).meta({
    title: 'Number of pictures',
    description: '1 to 8; at most 4 when a side is longer than 768.',
  }),
  model_id: uuid.optional().meta({
    title: 'Model id',
    description: 'The id of a model as its page on Leonardo tells it; its Lightning XL when left out.',
  }),
  preset_style: z
    .string()
    .regex(/^[A-Z0-9_]{1,40}$/)
    .optional()
    .meta({
      title: 'Style',
      description: 'A preset of Leonardo, such as DYNAMIC, CINEMATIC or SKETCH_COLOR.',
    }),
  guidance_scale: z.number().min(1).max(20).optional().meta({
    title: 'Guidance scale',
    description: 'How closely the prompt is followed, 1 to 20; 7 is usual.',
  }),
  num_inference_steps: z.int().min(10).max(60).optional().meta({
    title: 'Steps',
    description: 'How many steps are taken, 10 to 60.',
  }),
  contrast: z.number().min(1).max(4.5).optional().meta({
    title: 'Contrast',
    description: 'For Phoenix and Flux models: 1, 1.3, 1.8, 2.5, 3, 3.5, 4 or 4.5.',
  }),
  transparency: z.enum(['disabled', 'foreground_only']).optional().meta({
    title: 'Transparency',
    description: 'foreground_only leaves the background out.',
  }),
  alchemy: z
    .boolean()
    .optional()
    .meta({ title: 'Alchemy', description: "Leonardo's finer, dearer pipeline." }),
  photo_real: z.boolean().optional().meta({ title: 'PhotoReal', description: 'Photographs; needs alchemy.' }),
  tiling: z.boolean().optional().meta({ title: 'Tiling', description: 'A picture that repeats seamlessly.' }),
};

const start = {
  source_image: z.string().optional().meta({
    title: 'Source picture',
    description:
      'A content id (gc_…), a data URL, or the URL of a picture on this server or an allowed host; sent to Leonardo.',
  }),
  image_id: uuid.optional().meta({
    title: "Leonardo's image id",
    description:
      'A picture that Leonardo made, by its id in the generation record, in place of a source picture.',
  }),
};

const img2img = z.object({
  ...picture,
  ...start,
  init_strength: z.number().min(0.1).max(0.9).default(0.5).meta({
    title: 'Strength of the source',
    description: 'How much of the source picture stays, 0.1 to 0.9.',
  }),
});

const img2vid = z.object({
  ...shared,
  ...start,
  model: z
    .enum(['MOTION2', 'MOTION2FAST', 'VEO3', 'VEO3FAST', 'KLING2_1', 'KLING2_5'])
    .default('MOTION2')
    .meta({ title: 'Model (img2vid)', description: 'Which model makes the film.' }),
  resolution: z.enum(['RESOLUTION_480', 'RESOLUTION_720', 'RESOLUTION_1080']).optional().meta({
    title: 'Resolution (img2vid)',
    description: 'Not every model has every one.',
  }),
  duration: z.int().min(1).max(60).optional().meta({
    title: 'Seconds (img2vid)',
    description: 'VEO3 and VEO3FAST: 4, 6 or 8. KLING2_5: 5 or 10. The others choose themselves.',
  }),
  frame_interpolation: z.boolean().optional().meta({
    title: 'Frame interpolation (img2vid)',
    description: 'Blends the frames into a smoother film.',
  }),
});

export const leonardoParams = { txt2img: z.object(picture), img2img, img2vid };

export type PictureParams = z.output<typeof leonardoParams.txt2img>;
export type FilmParams = z.output<typeof leonardoParams.img2vid>;
