// Words into lines, as large as their place allows. Outlines of single letters come from `letters.ts`.
import type { Weight } from './fonts.ts';
import { capHeight, type Letter, lettersOf } from './letters.ts';
import type { Box, Placed } from './svg.ts';

/** Letters that stay on one line; widths are in units of the type size. */
interface Word {
  letters: Letter[];
  width: number;
  /** The space before it, unless it begins a line. */
  gap: number;
}

export interface Setting {
  letters: Placed[];
  /** Type size in pixels. */
  size: number;
  lines: number;
}

const space = 0.24;
const tracking = -0.012;
const descender = 0.21;

/** Sets `text` from the upper left corner of `box`, in the largest size (at most `maxSize`) that fits all of it. */
export function fitText(text: string, box: Box, weight: Weight, maxSize: number): Setting {
  const paragraphs = paragraphsOf(text, weight);
  const words = paragraphs.flat();
  const leading = leadingFor(words.reduce((sum, word) => sum + word.letters.length, 0));
  const longest = Math.max(...words.map(word => word.width), 0.1);
  const broken = largestSize(paragraphs, box, leading, maxSize);
  const whole = largestSize(paragraphs, box, leading, Math.min(maxSize, box.width / longest));
  // A word is broken only where keeping it whole would shrink everything to less than half.
  const size = whole >= broken * 0.45 ? whole : broken;
  const lines = wrap(paragraphs, box.width / size);
  const letters = lines.flatMap((line, index) => {
    return placeLine(line, box.x, box.y + (capHeight + index * leading) * size, size);
  });
  return { letters, size, lines: lines.length };
}

/** Sets one line of text. */
export function setLine(text: string, x: number, baseline: number, size: number, weight: Weight): Placed[] {
  return placeWord(toWord(lettersOf(text, weight), 0), x, baseline, size);
}

/** How wide one line of text is, in pixels. */
export function lineWidth(text: string, size: number, weight: Weight): number {
  return toWord(lettersOf(text, weight), 0).width * size;
}

function leadingFor(letters: number): number {
  if (letters <= 40) return 0.96;
  return letters <= 200 ? 1.04 : 1.2;
}

const heightOf = (lines: number, leading: number): number => capHeight + (lines - 1) * leading + descender;

/** Signs that are not seen, and the selectors between text and picture form, are left out; a line break stays. */
function paragraphsOf(text: string, weight: Weight): Word[][] {
  return text
    .split(/[\n\u2028\u2029]+/)
    .map(line => line.replace(/\p{Cf}|\p{Variation_Selector}/gu, sign => (sign === '\u200d' ? sign : '')))
    .map(line => line.split(/[\p{White_Space}\p{Cc}]+/u).filter(Boolean))
    .filter(words => words.length > 0)
    .map(words => words.flatMap(word => breakable(word, weight)));
}

// Scripts that are written without spaces: a line may end after any of their signs.
const unspaced = /(?<=[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Khmr}\p{sc=Laoo}])(?!\p{P})/u;

function breakable(word: string, weight: Weight): Word[] {
  return word.split(unspaced).map((part, index) => toWord(lettersOf(part, weight), index === 0 ? space : 0));
}

function toWord(letters: Letter[], gap: number): Word {
  const width = letters.reduce((sum, letter) => sum + letter.advance + letter.kern + tracking, 0);
  return { letters, width, gap };
}

/** The largest size up to `most` whose lines are no taller than the box; found by halving, to a tenth of a pixel. */
function largestSize(paragraphs: Word[][], box: Box, leading: number, most: number): number {
  let [fits, tooLarge] = [0.5, most];
  const isRoom = (size: number) =>
    heightOf(wrap(paragraphs, box.width / size).length, leading) * size <= box.height;
  if (isRoom(most)) return most;
  while (tooLarge - fits > 0.1) {
    const middle = (fits + tooLarge) / 2;
    if (isRoom(middle)) fits = middle;
    else tooLarge = middle;
  }
  return fits;
}

/** Fills lines up to `limit` (in units of the type size); a word that is wider than a line is cut into pieces. */
function wrap(paragraphs: Word[][], limit: number): Word[][] {
  const lines: Word[][] = [];
  for (const words of paragraphs) {
    let line: Word[] = [];
    let width = 0;
    for (const word of words.flatMap(one => pieces(one, limit))) {
      if (line.length > 0 && width + word.gap + word.width > limit + 1e-6) {
        lines.push(line);
        [line, width] = [[], 0];
      }
      width += (line.length > 0 ? word.gap : 0) + word.width;
      line.push(word);
    }
    lines.push(line);
  }
  return lines;
}

function pieces(word: Word, limit: number): Word[] {
  if (word.width <= limit + 1e-6) return [word];
  const rows: Letter[][] = [[]];
  let width = 0;
  for (const letter of word.letters) {
    const step = letter.advance + letter.kern + tracking;
    if (width + step > limit && rows.at(-1)!.length > 0) {
      rows.push([]);
      width = 0;
    }
    rows.at(-1)!.push(letter);
    width += step;
  }
  return rows.map((letters, index) => toWord(letters, index === 0 ? word.gap : 0));
}

function placeLine(words: Word[], x: number, baseline: number, size: number): Placed[] {
  // Large letters carry much white on their left: taking it away puts all lines on one edge.
  let at = x - (words[0]?.letters[0]?.bearing ?? 0) * size;
  return words.flatMap((word, index) => {
    if (index > 0) at += word.gap * size;
    const placed = placeWord(word, at, baseline, size);
    at += word.width * size;
    return placed;
  });
}

function placeWord(word: Word, x: number, baseline: number, size: number): Placed[] {
  let at = x;
  return word.letters.flatMap(letter => {
    at += letter.kern * size;
    const left = at;
    at += (letter.advance + tracking) * size;
    return letter.parts.map(part => ({
      shape: part.shape,
      x: left + part.x * size,
      y: baseline + part.y * size,
      scale: (part.scale * size) / 1000,
    }));
  });
}
