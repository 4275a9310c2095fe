// The colours of the posters. Ink on paper always has the contrast that small letters need (4.5 : 1).
import type { Random } from './random.ts';

export interface Palette {
  name: string;
  paper: string;
  ink: string;
  accents: readonly [string, string, string];
  /** A prompt with one of these words is printed in this palette. */
  words: readonly string[];
}

export const palettes: readonly Palette[] = [
  {
    name: 'Zürich',
    paper: '#f1ebdf',
    ink: '#141414',
    accents: ['#e2231a', '#141414', '#f6b519'],
    words: ['city', 'concert', 'jazz', 'music'],
  },
  {
    name: 'Basel',
    paper: '#c4122b',
    ink: '#fff6ea',
    accents: ['#17110f', '#fff6ea', '#f7b32b'],
    words: ['red', 'fire', 'fox', 'love', 'blood', 'rose'],
  },
  {
    name: 'Harbour',
    paper: '#0b2a4a',
    ink: '#f6f0e4',
    accents: ['#f25c3b', '#8fd0e8', '#2f7fe0'],
    words: ['sea', 'ocean', 'harbour', 'harbor', 'ship', 'boat', 'whale', 'fish', 'lighthouse'],
  },
  {
    name: 'Ulm',
    paper: '#f4f1ea',
    ink: '#101820',
    accents: ['#0057b8', '#f2a900', '#c9d9e6'],
    words: ['blue', 'sky', 'rain', 'ice', 'snow', 'winter'],
  },
  {
    name: 'Moss',
    paper: '#e8e6d4',
    ink: '#10261d',
    accents: ['#1f6f4a', '#f0862a', '#a9cb94'],
    words: ['green', 'forest', 'tree', 'garden', 'leaf', 'jungle', 'mountain'],
  },
  {
    name: 'Night',
    paper: '#121216',
    ink: '#f7f2e8',
    accents: ['#ff5a36', '#f9c22e', '#4f70ff'],
    words: ['night', 'dark', 'black', 'moon', 'star', 'stars', 'space', 'neon'],
  },
  {
    name: 'Blush',
    paper: '#f8d7cb',
    ink: '#2b1016',
    accents: ['#e4344c', '#7a2e6e', '#fff4ec'],
    words: ['pink', 'flower', 'spring', 'dream', 'sweet'],
  },
  {
    name: 'Saffron',
    paper: '#f7b71d',
    ink: '#19140a',
    accents: ['#e2231a', '#fff4d6', '#19140a'],
    words: ['yellow', 'sun', 'gold', 'golden', 'desert', 'summer', 'honey', 'bee'],
  },
  {
    name: 'Violet',
    paper: '#ece6f6',
    ink: '#1a1036',
    accents: ['#5b2ee5', '#ff7657', '#b7a4f2'],
    words: ['violet', 'purple', 'magic', 'electric', 'robot'],
  },
  {
    name: 'Clay',
    paper: '#ead9c4',
    ink: '#2a1a11',
    accents: ['#b8481f', '#2d5e5a', '#e2a553'],
    words: ['brown', 'earth', 'autumn', 'coffee', 'horse', 'bread', 'orange'],
  },
  {
    name: 'Lido',
    paper: '#cde7dc',
    ink: '#0d2a2c',
    accents: ['#f25f4c', '#0b7a75', '#fbf4e2'],
    words: ['mint', 'beach', 'swim', 'island', 'lake', 'river'],
  },
  {
    name: 'Graphite',
    paper: '#dcdbd6',
    ink: '#111111',
    accents: ['#ff4b00', '#111111', '#ffffff'],
    words: ['grey', 'gray', 'white', 'machine', 'concrete', 'steel', 'type'],
  },
];

/** The palette that the prompt's own words ask for, else one by chance. */
export function choosePalette(prompt: string, random: Random): Palette {
  const words = new Set(prompt.toLowerCase().match(/\p{Letter}+/gu));
  const asked = palettes.filter(palette => palette.words.some(word => words.has(word)));
  return random.pick(asked.length > 0 ? asked : palettes);
}

/** Perceived lightness of a `#rrggbb`, from 0 to 1. */
export function lightness(colour: string): number {
  const [red, green, blue] = channels(colour);
  return (0.3 * red + 0.59 * green + 0.11 * blue) / 255;
}

/** Red, green and blue of a `#rrggbb`, from 0 to 255. */
export function channels(colour: string): [number, number, number] {
  const at = (start: number) => Number.parseInt(colour.slice(start, start + 2), 16);
  return [at(1), at(3), at(5)];
}
