// A poster as a plan: its colours, its picture at any moment, its words. Where they go is in `layout.ts`; painting is
// left to `paint.ts`.
import { type Art, type Colours, chooseArt, type Layer } from './art/art.ts';
import { layOut, type Places } from './layout.ts';
import { choosePalette, lightness, type Palette } from './palettes.ts';
import { type Random, randomFrom } from './random.ts';
import { type Box, clipped, outlines, type Placed, rect } from './svg.ts';
import { fitText, lineWidth, setLine } from './typeset.ts';

export interface PosterRequest {
  prompt: string;
  width: number;
  height: number;
  /** Another seed is another poster of the same words. */
  seed: number;
  /** Which of several posters of one task this is, from 0. */
  variation: number;
}

export interface Poster {
  width: number;
  height: number;
  palette: Palette;
  /** The layers of the picture at a moment in [0, 1) of its motion; the still poster shows moment 0. */
  picture(time: number): Layer[];
  words: Layer[];
}

/** Plans the poster of a prompt; the same request always gives the same plan. */
export function planPoster(request: PosterRequest): Poster {
  const { prompt, width, height, seed, variation } = request;
  const shared = randomFrom('poster', prompt, seed);
  const palette = choosePalette(prompt, shared);
  const art = chooseArt(shared, variation);
  const chance = (part: string) => randomFrom(part, prompt, seed, variation);
  const places = layOut(width, height, prompt.length, chance('layout'));
  const colours = chooseColours(palette, art.bleeds, chance('colours'));
  return {
    width,
    height,
    palette,
    picture: time => drawPicture(art, places.art, colours, chance('art'), time),
    words: setWords(request, places, palette, chance('print')),
  };
}

function drawPicture(art: Art, box: Box, colours: Colours, random: Random, time: number): Layer[] {
  const ground = rect(box.x, box.y, box.width, box.height, colours.ground);
  const layers = art.draw(box, colours, random, time);
  return [
    { svg: ground, blend: 'over', message: 'Mixing the colours' },
    ...layers.map(layer => ({ ...layer, svg: clipped(box, layer.svg) })),
  ];
}

/** The picture stands on the paper itself, or on a ground of its own. */
function chooseColours(palette: Palette, bleeds: boolean, random: Random): Colours {
  const ground = !bleeds && random.chance(0.6) ? palette.paper : random.pick(palette.accents);
  const withPaper = random.chance(0.5);
  const inks = [...new Set([...palette.accents, ...(withPaper ? [palette.paper] : [])])];
  return { ground, inks: inks.filter(colour => colour !== ground), blend: blendOn(ground) };
}

/** Inks mix on a light ground, lamps on a dark one; in between both would lose the colours. */
function blendOn(ground: string): Layer['blend'] {
  const light = lightness(ground);
  if (light > 0.75) return 'multiply';
  return light < 0.2 ? 'screen' : 'over';
}

function setWords(
  request: PosterRequest,
  { text, print }: Places,
  palette: Palette,
  random: Random,
): Layer[] {
  const largest = Math.min(text.height, text.width) * 0.9;
  const { letters } = fitText(request.prompt, text, 'bold', largest);
  const layers = [paintWords('type', letters, palette, 'Setting the type')];
  if (print)
    layers.push(paintWords('print', smallPrint(request, print, random), palette, 'Adding the small print'));
  return layers;
}

const paintWords = (name: string, letters: Placed[], palette: Palette, message: string): Layer => ({
  svg: outlines(name, letters, palette.ink),
  blend: 'over',
  message,
});

function smallPrint(request: PosterRequest, print: NonNullable<Places['print']>, random: Random): Placed[] {
  const { x, y, width, size } = print;
  const put = (text: string, at: number) => setLine(text, at, y, size, 'medium');
  const number = `No. ${String(random.int(1, 9999)).padStart(4, '0')}`;
  const format = `${request.width} × ${request.height}`;
  const last = x + width - lineWidth(format, size, 'medium');
  return [...put('Callsheet Studio', x), ...put(number, x + width / 2), ...put(format, last)];
}
