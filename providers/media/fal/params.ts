// What models at fal.ai can be asked for. Each model has fields of its own: those that most share are named here, all others go
// into `input`.
import { z } from 'zod';

/** `owner/app/further/path`: each part begins with a letter or digit, so that none is empty, `.` or `..`. */
const modelPattern = /^(?!.*\/requests(\/|$))[a-zA-Z0-9][\w.-]*(\/[a-zA-Z0-9][\w.-]*){1,7}$/;

const model = (usual: string) =>
  z
    .string()
    .max(200)
    .regex(modelPattern, 'must be the id of a model, such as "fal-ai/flux/dev"')
    .default(usual)
    .meta({ title: 'Model (fal)', description: 'The id of a model, as its page at fal.ai/models names it.' });

/** Field names as models use them; `sync_mode` would put whole pictures into answers. */
const field = z
  .string()
  .max(64)
  .regex(/^(?!sync_mode$)[a-z_][a-z0-9_]*$/, 'must be a field of the model other than sync_mode');

const shared = {
  input: z.record(field, z.unknown()).default({}).meta({
    title: 'Input (fal)',
    description: 'Further fields of the model, as its page names them. They win over the ones above.',
  }),
  seed: z.int().min(0).max(2_147_483_647).optional().meta({
    title: 'Seed',
    description: 'The same number and the same prompt give the same picture; left out: any.',
  }),
};

const pictures = {
  num_images: z.int().min(1).max(4).default(1).meta({ title: 'Number of pictures' }),
  guidance_scale: z.number().min(0).max(20).optional().meta({
    title: 'Guidance scale',
    description: 'How closely the picture follows the prompt.',
  }),
  num_inference_steps: z.int().min(1).max(100).optional().meta({ title: 'Steps' }),
};

const source = z.string().min(1).meta({
  title: 'Source picture',
  description: 'A content id (gc_…), a data URL, or the URL of a picture on this server or an allowed host.',
});

export const falParams = {
  txt2img: z.object({
    model: model('fal-ai/flux/dev'),
    image_size: z
      .enum(['square_hd', 'square', 'portrait_4_3', 'portrait_16_9', 'landscape_4_3', 'landscape_16_9'])
      .optional()
      .meta({ title: 'Shape (fal)', description: 'Left out: as wide and high as the model likes.' }),
    ...pictures,
    ...shared,
  }),
  img2img: z.object({
    model: model('fal-ai/flux/dev/image-to-image'),
    source_image: source,
    strength: z.number().min(0).max(1).optional().meta({
      title: 'Strength (fal)',
      description: 'How much of the source picture may change, 0 to 1.',
    }),
    ...pictures,
    ...shared,
  }),
  img2vid: z.object({
    model: model('fal-ai/kling-video/v2.5-turbo/pro/image-to-video'),
    source_image: source,
    duration: z.enum(['5', '10']).optional().meta({ title: 'Length (fal)', description: 'In seconds.' }),
    ...shared,
  }),
};
