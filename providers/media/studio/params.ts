// What the studio can be asked for. The form on the page, the check at the server's door and the defaults come from here.
import { z } from 'zod';

const side = (title: string, most: number) =>
  z
    .int()
    .min(64)
    .max(most)
    .meta({ title, description: `Pixels, 64 to ${most}.` });

const seed = z.int().min(0).max(2_147_483_647).default(0).meta({
  title: 'Seed',
  description: 'Another number gives another picture for the same prompt; the same number the same picture.',
});

const images = z.int().min(1).max(4).default(1).meta({
  title: 'Number of pictures',
  description: 'Each is a variation of its own.',
});

const duration = (ms: number) =>
  z.int().min(0).max(60_000).default(ms).meta({
    title: 'Duration (ms)',
    description: 'How long the work should take at least, in milliseconds; 0 is as fast as it can.',
  });

const source = z.string().min(1).meta({
  title: 'Source picture',
  description: 'A content id (gc_…), a data URL, or the URL of a picture on this server or an allowed host.',
});

const sizeOfSource = ' Left out: the size of the source picture.';

export const filters = ['duotone', 'posterize', 'halftone', 'riso', 'lines', 'mosaic', 'blur'] as const;
export type Filter = (typeof filters)[number];

export const motions = ['zoom', 'pan', 'orbit'] as const;
export type Motion = (typeof motions)[number];

const txt2img = z.object({
  width: side('Width', 2048).default(1024),
  height: side('Height', 2048).default(1280),
  num_images: images,
  seed,
  duration_ms: duration(3000),
});

const img2img = z.object({
  source_image: source,
  filter: z
    .enum(['auto', ...filters])
    .default('auto')
    .meta({
      title: 'Filter',
      description: 'How the source picture is printed anew; "auto" lets the prompt decide.',
    }),
  width: side('Width', 2048)
    .optional()
    .meta({ title: 'Width', description: `Pixels, 64 to 2048.${sizeOfSource}` }),
  height: side('Height', 2048)
    .optional()
    .meta({ title: 'Height', description: `Pixels, 64 to 2048.${sizeOfSource}` }),
  num_images: images,
  seed,
  duration_ms: duration(3000),
});

const img2vid = z.object({
  source_image: source.optional().meta({
    title: 'Source picture',
    description:
      'As for img2img. Left out: the poster of the prompt is drawn and its shapes are set in motion.',
  }),
  motion: z
    .enum(['auto', ...motions])
    .default('auto')
    .meta({
      title: 'Motion',
      description: 'How the camera moves over the source picture; "auto" lets the prompt decide.',
    }),
  frames: z
    .int()
    .min(16)
    .max(30)
    .default(24)
    .meta({ title: 'Frames', description: 'Of the loop, 16 to 30.' }),
  width: side('Width', 1024).optional().meta({ title: 'Width', description: 'Pixels, 64 to 1024.' }),
  height: side('Height', 1024).optional().meta({ title: 'Height', description: 'Pixels, 64 to 1024.' }),
  seed,
  duration_ms: duration(4000),
});

export const studioParams = { txt2img, img2img, img2vid };
