// What Midjourney can be asked for, and how that is said in the one line of text that its `/imagine` takes.
import { z } from 'zod';

const imagine = {
  aspect_ratio: z
    .string()
    .regex(/^[1-9]\d{0,2}:[1-9]\d{0,2}$/, 'must be width:height, such as "16:9"')
    .optional()
    .meta({ title: 'Aspect ratio', description: 'Width to height, such as 16:9; left out: square.' }),
  version: z
    .string()
    .regex(/^(niji )?\d{1,2}(\.\d)?$/, 'must be a version such as "7", "6.1" or "niji 6"')
    .optional()
    .meta({
      title: 'Version (Midjourney)',
      description: 'Such as 7, 6.1 or niji 6; left out: as the account has it.',
    }),
  stylize: z.int().min(0).max(1000).optional().meta({
    title: 'Stylize (Midjourney)',
    description: 'How much of its own taste Midjourney adds, 0 to 1000.',
  }),
  chaos: z.int().min(0).max(100).optional().meta({
    title: 'Chaos (Midjourney)',
    description: 'How different the four pictures are from each other, 0 to 100.',
  }),
  weird: z.int().min(0).max(3000).optional().meta({ title: 'Weird (Midjourney)' }),
  no: z
    .string()
    .max(200)
    .regex(/^[^\-\r\n]+$/, 'must be words without dashes')
    .optional()
    .meta({ title: 'Without (Midjourney)', description: 'What should not be in the picture.' }),
  raw: z.boolean().optional().meta({ title: 'Raw (Midjourney)', description: 'Less of its own taste.' }),
  seed: z.int().min(0).max(4_294_967_295).optional().meta({
    title: 'Seed',
    description: 'The same number and the same prompt give similar pictures; left out: any.',
  }),
};

export const midjourneyParams = {
  txt2img: z.object({
    ...imagine,
    upscale_of: z
      .string()
      .max(200)
      .regex(/^[\w:.@-]+$/, 'must be the id of an earlier job')
      .optional()
      .meta({
        title: 'Upscale of (Midjourney)',
        description:
          'An earlier job (`provider_task_id` of its generation) of whose four pictures one is upscaled. The prompt is not used.',
      }),
    index: z.int().min(1).max(4).default(1).meta({
      title: 'Which one (Midjourney)',
      description: 'The picture to upscale: U1 to U4.',
    }),
  }),
  img2img: z.object({
    source_image: z.string().meta({
      title: 'Source picture',
      description:
        'A content id (gc_…), a data URL, or the URL of a picture on this server or an allowed host.',
      // For the form and the server's door; the provider itself gets the picture beside its params.
      pattern: '^https?://',
    }),
    image_weight: z.number().min(0).max(3).optional().meta({
      title: 'Image weight (Midjourney)',
      description: 'How much the source picture counts beside the words, 0 to 3.',
    }),
    ...imagine,
  }),
};

type Imagine = Partial<z.output<typeof midjourneyParams.txt2img> & z.output<typeof midjourneyParams.img2img>>;

/** The line that `/imagine` takes: the picture to begin with, the words, and each param as a flag. */
export function promptLine(prompt: string, params: Imagine, picture: string | null): string {
  const { version } = params;
  const flags: [flag: string, value: string | number | undefined][] = [
    ['ar', params.aspect_ratio],
    version?.startsWith('niji ') ? ['niji', version.slice(5)] : ['v', version],
    ['stylize', params.stylize],
    ['chaos', params.chaos],
    ['weird', params.weird],
    ['no', params.no],
    ['iw', params.image_weight],
    ['seed', params.seed],
  ];
  const said = flags.flatMap(([flag, value]) => (value === undefined ? [] : [`--${flag} ${value}`]));
  const words = prompt.replace(/\s+/g, ' ').trim();
  return [picture, words, ...said, params.raw ? '--raw' : null].filter(part => part !== null).join(' ');
}
