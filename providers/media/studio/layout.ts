// Where the picture, the words and the small print of a poster go.
import type { Random } from './random.ts';
import type { Box } from './svg.ts';

export interface Places {
  art: Box;
  text: Box;
  /** Left edge and baseline of the small print; null where there is no room for it. */
  print: { x: number; y: number; width: number; size: number } | null;
}

// How much of the poster its words get, by their number of letters: a word is a title, a page of text is a page.
const shares = [
  [9, 0.42],
  [18, 0.36],
  [40, 0.4],
  [110, 0.46],
  [260, 0.54],
  [600, 0.66],
] as const;

const textShare = (letters: number): number => shares.find(([most]) => letters <= most)?.[1] ?? 0.8;

/** Divides a page by the length of its text and its format; chance decides only which part comes first. */
export function layOut(width: number, height: number, letters: number, random: Random): Places {
  const wordsFirst = random.chance(0.4);
  if (width > height * 1.25) return beside(width, height, Math.max(textShare(letters), 0.42), wordsFirst);
  return stacked(width, height, textShare(letters), wordsFirst);
}

function beside(width: number, height: number, share: number, wordsFirst: boolean): Places {
  const words = Math.round(width * share);
  const [text, art] = wordsFirst ? [0, words] : [width - words, 0];
  const page = { x: text, y: 0, width: words, height };
  return {
    art: { x: art, y: 0, width: width - words, height },
    ...inside(page, Math.min(width, height), false),
  };
}

function stacked(width: number, height: number, share: number, wordsFirst: boolean): Places {
  const words = Math.round(height * share);
  const [text, art] = wordsFirst ? [0, words] : [height - words, 0];
  const page = { x: 0, y: text, width, height: words };
  return {
    art: { x: 0, y: art, width, height: height - words },
    ...inside(page, Math.min(width, height), wordsFirst),
  };
}

/** The words within their part of the page, the small print at its outer edge: above them, or at the foot. */
function inside(page: Box, short: number, printFirst: boolean): Omit<Places, 'art'> {
  const margin = Math.round(short * 0.06);
  const size = Math.max(short * 0.0165, 7);
  const x = page.x + margin;
  const width = page.width - 2 * margin;
  const print = short >= 200 ? size * 4 : 0;
  const text = {
    x,
    y: page.y + margin + (printFirst ? print : 0),
    width,
    height: page.height - 2 * margin - print,
  };
  const y = printFirst ? page.y + margin + size * 0.7 : page.y + page.height - margin;
  return { text, print: print > 0 ? { x, y, width, size } : null };
}
