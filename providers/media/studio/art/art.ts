// Which picture stands beside the words, and what every picture gives: layers, painted one after the other.
import type { Random } from '../random.ts';
import type { Box } from '../svg.ts';
import { dots, tiles } from './grids.ts';
import { arcs, discs, fan } from './rounds.ts';
import { stairs, stripes, wedge } from './straights.ts';

export interface Layer {
  svg: string;
  /** Covers what is below, or mixes with it as inks do on paper (`multiply`) and lamps do in the dark (`screen`). */
  blend: 'over' | 'multiply' | 'screen';
  /** What a person who waits reads. */
  message: string;
}

export interface Colours {
  ground: string;
  /** How overlapping shapes best meet on this ground. */
  blend: Layer['blend'];
  /** At least two, none of them the ground. */
  inks: readonly string[];
}

/** `time` in [0, 1) is the moment of a motion that ends as it began; a still picture is its moment 0. */
export type Draw = (box: Box, colours: Colours, random: Random, time: number) => Layer[];

export interface Art {
  draw: Draw;
  /** Its shapes are cut by the edges of their place, so it needs a ground of its own. */
  bleeds: boolean;
}

const arts: readonly Art[] = [
  { draw: arcs, bleeds: true },
  { draw: discs, bleeds: false },
  { draw: dots, bleeds: false },
  { draw: fan, bleeds: true },
  { draw: stairs, bleeds: false },
  { draw: stripes, bleeds: true },
  { draw: tiles, bleeds: false },
  { draw: wedge, bleeds: true },
];

/** The `variation`th picture in the order that chance has dealt: neighbours always differ. */
export function chooseArt(random: Random, variation: number): Art {
  const order = random.shuffle(arts);
  return order[variation % order.length]!;
}
