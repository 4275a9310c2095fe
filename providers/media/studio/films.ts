// Films: a loop of frames as an animated WebP. With a source picture a camera moves over it; without one the shapes of
// the prompt's poster move.
import sharp from 'sharp';
import { type Canvas, canvasOf, openCanvas } from './paint.ts';
import type { Motion } from './params.ts';
import type { Poster } from './poster.ts';
import { rect, svgDocument } from './svg.ts';

/** The frame at a moment in [0, 1) of the loop. */
export type FrameAt = (time: number) => Promise<Canvas>;

/** What the camera sees: the centre of its view and the part of the picture's width that it shows, in parts of the whole. */
interface View {
  x: number;
  y: number;
  part: number;
}

const turn = (time: number): number => 2 * Math.PI * time;

/** Each path ends where it began, so that the loop has no seam. */
const paths: Record<Motion, (time: number) => View> = {
  zoom: time => ({ x: 0.5, y: 0.5, part: 0.86 + 0.14 * Math.cos(turn(time)) }),
  pan: time => ({ x: 0.5 + 0.11 * Math.sin(turn(time)), y: 0.5, part: 0.78 }),
  orbit: time => ({
    x: 0.5 + 0.08 * Math.cos(turn(time)),
    y: 0.5 + 0.08 * Math.sin(turn(time)),
    part: 0.8 + 0.04 * Math.sin(turn(time)),
  }),
};

/** A camera that moves over a picture. */
export async function cameraOver(picture: Canvas, motion: Motion): Promise<FrameAt> {
  const { width, height } = picture;
  // Twice as large: views that begin at whole pixels of the picture itself would make it tremble.
  const large = await canvasOf(openCanvas(picture).resize(width * 2, height * 2));
  return time => {
    const { x, y, part } = paths[motion](time);
    const view = { width: Math.round(large.width * part), height: Math.round(large.height * part) };
    const left = Math.round(x * large.width - view.width / 2);
    const top = Math.round(y * large.height - view.height / 2);
    return canvasOf(
      openCanvas(large)
        .extract({ left, top, ...view })
        .resize(width, height, { fit: 'fill' }),
    );
  };
}

/** A poster whose shapes move and whose words stand still. */
export function movingPoster(poster: Poster): FrameAt {
  const { width, height, palette } = poster;
  const words = poster.words.map(({ svg }) => svg).join('');
  return time => {
    const shapes = poster.picture(time).map(({ svg, blend }) => {
      return blend === 'over' ? svg : `<g style="mix-blend-mode:${blend}">${svg}</g>`;
    });
    const paper = rect(0, 0, width, height, palette.paper);
    return canvasOf(sharp(svgDocument(width, height, paper + shapes.join('') + words)));
  };
}

/** Frames as a loop without end. */
export function encodeFilm(frames: readonly Canvas[], delayMs: number): Promise<Buffer> {
  const { width, height } = frames[0]!;
  const raw = { width, height: height * frames.length, channels: 3, pageHeight: height } as const;
  return sharp(Buffer.concat(frames.map(({ data }) => data)), { raw })
    .webp({ loop: 0, delay: frames.map(() => delayMs), quality: 90, effort: 2 })
    .toBuffer();
}
