// Painting with sharp: layers onto a canvas, and a canvas into a file. All of it runs outside the event loop.
import sharp, { type OutputInfo, type Sharp } from 'sharp';
import type { Layer } from './art/art.ts';
import { svgDocument } from './svg.ts';

/** A picture in memory: three bytes (red, green, blue) for each pixel. */
export interface Canvas {
  data: Buffer;
  width: number;
  height: number;
}

/** A canvas of one colour. */
export async function blankCanvas(width: number, height: number, colour: string): Promise<Canvas> {
  return canvasOf(sharp({ create: { width, height, channels: 3, background: colour } }));
}

/** The canvas with a layer printed on it. */
export async function paintLayer(canvas: Canvas, layer: Pick<Layer, 'svg' | 'blend'>): Promise<Canvas> {
  const input = svgDocument(canvas.width, canvas.height, layer.svg);
  return canvasOf(openCanvas(canvas).composite([{ input, blend: layer.blend }]));
}

/** What a pipeline gives, as a canvas. */
export async function canvasOf(image: Sharp): Promise<Canvas> {
  const { data, info }: { data: Buffer; info: OutputInfo } = await image
    // Transparency of the picture itself, then the channel that compositing leaves.
    .flatten()
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/** What a pipeline with an output format gives, as a file. */
export const encode = (image: Sharp): Promise<Buffer> => image.toBuffer();

/** A pipeline that begins with a canvas. */
export function openCanvas({ data, width, height }: Canvas): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}
