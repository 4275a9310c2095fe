// Grey tones and the colours they become. What is printed with them is in `filters.ts`.
import type { Canvas } from './paint.ts';
import { channels, lightness, type Palette } from './palettes.ts';

/** The colours of a palette from dark to light. */
export type Tones = readonly [string, string, ...string[]];

/** A palette's colours as tones. */
export function tonesOf({ paper, ink, accents }: Palette): Tones {
  const [darkest, next, ...rest] = [...new Set([paper, ink, ...accents])].sort(
    (a, b) => lightness(a) - lightness(b),
  );
  return [darkest!, next!, ...rest];
}

/** The lightest. */
export const last = (tones: Tones): string => tones.at(-1)!;

/** The most colourful tone between the darkest and the lightest. */
export const accent = (tones: Tones): string =>
  tones.slice(1, -1).sort((a, b) => saturation(b) - saturation(a))[0] ?? tones[0];

function saturation(colour: string): number {
  const values = channels(colour);
  return Math.max(...values) - Math.min(...values);
}

/** One colour for each of the 256 grey tones. */
export type ToneTable = readonly [number, number, number][];

/** Tones that run through `colours`, dark to light. */
export function smooth(colours: readonly string[]): ToneTable {
  return Array.from({ length: 256 }, (_, tone) => {
    const at = (tone / 255) * (colours.length - 1);
    const from = Math.min(Math.floor(at), colours.length - 2);
    const [a, b] = [channels(colours[from]!), channels(colours[from + 1]!)];
    const mix = (channel: 0 | 1 | 2) => Math.round(a[channel] + (b[channel] - a[channel]) * (at - from));
    return [mix(0), mix(1), mix(2)];
  });
}

/** As many flat tones as there are colours. */
export function stepped(colours: readonly string[]): ToneTable {
  return Array.from({ length: 256 }, (_, tone) =>
    channels(colours[Math.floor((tone * colours.length) / 256)]!),
  );
}

const bandOfPixels = 2 ** 18;

/** Gives every grey tone its colour, in bands between which other work of the process gets its turn. */
export async function mapTones({ data, width, height }: Canvas, table: ToneTable): Promise<Canvas> {
  const mapped = Buffer.allocUnsafe(data.length);
  for (let from = 0; from < width * height; from += bandOfPixels) {
    for (let at = from * 3; at < Math.min(from + bandOfPixels, width * height) * 3; at += 3) {
      const colour = table[data[at]!]!;
      mapped[at] = colour[0];
      mapped[at + 1] = colour[1];
      mapped[at + 2] = colour[2];
    }
    await new Promise(resolve => setImmediate(resolve));
  }
  return { data: mapped, width, height };
}
