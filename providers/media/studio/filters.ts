// Printing a picture anew: what img2img does. Each filter works on grey tones and gives them the colours of a palette.
import { type Canvas, canvasOf, openCanvas } from './paint.ts';
import type { Palette } from './palettes.ts';
import type { Filter } from './params.ts';
import { dots, lines, printScreen } from './screens.ts';
import { accent, last, mapTones, smooth, stepped, type Tones, tonesOf } from './tones.ts';

/** A filter as named steps, each from canvas to canvas. */
export interface FilterStep {
  message: string;
  apply: (canvas: Canvas) => Promise<Canvas>;
}

/** The steps of a filter in the colours of a palette. */
export function filterSteps(filter: Filter, palette: Palette): FilterStep[] {
  return recipes[filter](tonesOf(palette));
}

const recipes: Record<Filter, (tones: Tones) => FilterStep[]> = {
  duotone: tones => [
    { message: 'Reading the tones', apply: greyed },
    {
      message: 'Printing two inks',
      apply: canvas => mapTones(canvas, smooth([tones[0], accent(tones), last(tones)])),
    },
  ],
  posterize: tones => [
    { message: 'Softening edges', apply: canvas => canvasOf(openCanvas(canvas).median(5)) },
    { message: 'Reading the tones', apply: greyed },
    { message: 'Cutting the colours apart', apply: canvas => mapTones(canvas, stepped(tones)) },
  ],
  halftone: tones => [
    { message: 'Reading the tones', apply: greyed },
    { message: 'Screening dots', apply: canvas => printScreen(canvas, dots, last(tones), tones[0]) },
  ],
  lines: tones => [
    { message: 'Reading the tones', apply: greyed },
    { message: 'Engraving lines', apply: canvas => printScreen(canvas, lines, last(tones), tones[0]) },
  ],
  riso: tones => [
    { message: 'Reading the tones', apply: greyed },
    { message: 'Printing two drums', apply: canvas => twoDrums(canvas, tones) },
  ],
  mosaic: () => [{ message: 'Laying the stones', apply: mosaic }],
  blur: () => [
    {
      message: 'Losing focus',
      apply: canvas =>
        canvasOf(
          openCanvas(canvas)
            .blur(short(canvas) / 60)
            .modulate({ saturation: 1.25 }),
        ),
    },
  ],
};

const short = ({ width, height }: Canvas): number => Math.min(width, height);

const greyed = (canvas: Canvas): Promise<Canvas> =>
  canvasOf(openCanvas(canvas).modulate({ saturation: 0 }).normalise());

/** Two inks over each other, the second one a little out of place, as from a stencil printer. */
async function twoDrums(canvas: Canvas, tones: Tones): Promise<Canvas> {
  const shift = Math.max(Math.round(short(canvas) / 170), 1);
  const [dark, bright] = [tones[0], accent(tones)];
  const base = await mapTones(canvas, smooth([bright, bright, '#ffffff', '#ffffff']));
  const over = await mapTones(canvas, smooth([dark, '#ffffff', '#ffffff']));
  const [width, height] = [canvas.width - shift, canvas.height - shift];
  const moved = await canvasOf(
    openCanvas(over)
      .extract({ left: 0, top: 0, width, height })
      .extend({ left: shift, top: shift, extendWith: 'copy' }),
  );
  const paper = await canvasOf(openCanvas(base).composite([plate(moved)]));
  return canvasOf(openCanvas(paper).composite([{ ...solid(canvas, last(tones)), blend: 'multiply' }]));
}

const plate = ({ data, width, height }: Canvas) =>
  ({ input: data, raw: { width, height, channels: 3 }, blend: 'multiply' }) as const;

const solid = ({ width, height }: Canvas, colour: string) => ({
  input: { create: { width, height, channels: 3 as const, background: colour } },
});

async function mosaic(canvas: Canvas): Promise<Canvas> {
  const { width, height } = canvas;
  const stone = Math.max(short(canvas) / 36, 4);
  const small = openCanvas(canvas).resize(Math.ceil(width / stone), Math.ceil(height / stone), {
    fit: 'fill',
  });
  const coarse = await canvasOf(small.modulate({ saturation: 1.2 }));
  return canvasOf(openCanvas(coarse).resize(width, height, { fit: 'fill', kernel: 'nearest' }));
}
