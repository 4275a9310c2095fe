// What the studio can be asked for. The form on the page, the check at the server's door and the defaults come from here.
import { z } from 'zod';

// The same words for every action: what differs are the bounds and what stands in for a missing value.
const side = (title: 'Width' | 'Height', most: number) =>
  z.int().min(64).max(most).meta({
    title,
    description:
      'Pixels, 64 to 2048 (1024 for img2vid). Left out: a poster is 1024 × 1280, a moving one 640 × 800; with a source picture its size.',
  });

const seed = z.int().min(0).max(2_147_483_647).default(0).meta({
  title: 'Seed',
  description: 'Another number gives another picture for the same prompt; the same number the same picture.',
});

const images = z.int().min(1).max(4).default(1).meta({
  title: 'Number of pictures',
  description: 'Each is a variation of its own.',
});

const duration = z.int().min(0).max(60_000).default(3000).meta({
  title: 'Duration (ms)',
  description: 'How long the work should take at least, in milliseconds; 0 is as fast as it can.',
});

const source = z.string().meta({
  title: 'Source picture',
  description:
    'A content id (gc_…), a data URL, or the URL of a picture on this server or an allowed host. img2vid without one sets the shapes of a poster in motion.',
});

export const filters = ['duotone', 'posterize', 'halftone', 'riso', 'lines', 'mosaic', 'blur'] as const;
export type Filter = (typeof filters)[number];

export const motions = ['zoom', 'pan', 'orbit'] as const;
export type Motion = (typeof motions)[number];

const txt2img = z.object({
  width: side('Width', 2048).default(1024),
  height: side('Height', 2048).default(1280),
  num_images: images,
  seed,
  duration_ms: duration,
});

const img2img = z.object({
  source_image: source.min(1),
  filter: z
    .enum(['auto', ...filters])
    .default('auto')
    .meta({
      title: 'Filter (img2img)',
      description: 'How the source picture is printed anew; "auto" lets the prompt decide.',
    }),
  width: side('Width', 2048).optional(),
  height: side('Height', 2048).optional(),
  num_images: images,
  seed,
  duration_ms: duration,
});

const img2vid = z.object({
  source_image: source.optional(),
  motion: z
    .enum(['auto', ...motions])
    .default('auto')
    .meta({
      title: 'Motion (img2vid)',
      description: 'How the camera moves over the source picture; "auto" lets the prompt decide.',
    }),
  frames: z.int().min(16).max(30).default(24).meta({
    title: 'Frames (img2vid)',
    description: 'How many frames the loop has, 16 to 30.',
  }),
  width: side('Width', 1024).optional(),
  height: side('Height', 1024).optional(),
  seed,
  duration_ms: duration,
});

export const studioParams = { txt2img, img2img, img2vid };
