// Letters as outlines: no font of the machine is asked, so a poster looks the same everywhere. How words become lines is in
// `typeset.ts`.
import type { Font, Glyph } from 'opentype.js/dist/opentype.mjs';
import { findFont, type Weight } from './fonts.ts';
import { num } from './svg.ts';

/** An outline as SVG path data for a type size of 1000, and where it goes, in units of the type size. */
interface Part {
  shape: string;
  x: number;
  y: number;
  scale: number;
}

/** One sign as it is set, in units of the type size. */
export interface Letter {
  parts: readonly Part[];
  advance: number;
  /** Closer (negative) or wider to the letter before it. */
  kern: number;
  /** The white on its left side. */
  bearing: number;
}

/** Height of a capital, in units of the type size. */
export const capHeight = 0.686;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The letters of a text, one for each sign that a reader sees; a sign no font has becomes a box with its number. */
export function lettersOf(text: string, weight: Weight): Letter[] {
  const letters: Letter[] = [];
  let before: PlacedGlyph | null = null;
  for (const { segment } of graphemes.segment(text.normalize('NFC'))) {
    const glyph = findGlyph(weight, segment);
    letters.push(glyph ? glyphLetter(glyph, before) : missingLetter(segment));
    before = glyph;
  }
  return letters;
}

interface PlacedGlyph {
  font: Font;
  glyph: Glyph;
}

function findGlyph(weight: Weight, segment: string): PlacedGlyph | null {
  if (String.fromCodePoint(segment.codePointAt(0) ?? 0) !== segment) return null;
  const font = findFont(weight, segment);
  return font ? { font, glyph: font.charToGlyph(segment) } : null;
}

function glyphLetter({ font, glyph }: PlacedGlyph, before: PlacedGlyph | null): Letter {
  const kern = before?.font === font ? font.getKerningValue(before.glyph, glyph) : 0;
  return {
    parts: [{ shape: shapeOf(glyph), x: 0, y: 0, scale: 1 }],
    advance: (glyph.advanceWidth ?? 0) / font.unitsPerEm,
    kern: kern / font.unitsPerEm,
    bearing: glyph.getBoundingBox().x1 / font.unitsPerEm,
  };
}

// Writing an outline costs 60 us: a page of text would hold up everything else. Weak, and no larger than the fonts.
const shapes = new WeakMap<Glyph, string>();

function shapeOf(glyph: Glyph): string {
  const known = shapes.get(glyph);
  if (known !== undefined) return known;
  const shape = glyph.getPath(0, 0, 1000).toPathData(1);
  shapes.set(glyph, shape);
  return shape;
}

const digitSize = 0.3;

/** A box with the sign's number in it: what a reader gets for a sign that no font here can draw. */
function missingLetter(segment: string): Letter {
  const rows = hexRows(segment).map(row => lettersOf(row, 'medium'));
  const width = Math.max(...rows.map(widthOf)) * digitSize + 0.2;
  const digits = rows.flatMap((row, index) => placeRow(row, 0.15, index === 0 ? -0.4 : -0.09));
  const box = {
    shape: frame(50, -capHeight * 1000, width * 1000, capHeight * 1000, 35),
    x: 0,
    y: 0,
    scale: 1,
  };
  return { parts: [box, ...digits], advance: width + 0.1, kern: 0, bearing: 0.05 };
}

/** The number of a sign in Unicode, in two rows of two or three digits. */
function hexRows(segment: string): [string, string] {
  const hex = (segment.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const half = Math.ceil(hex.length / 2);
  return [hex.slice(0, half), hex.slice(half)];
}

const widthOf = (row: readonly Letter[]): number => row.reduce((sum, letter) => sum + letter.advance, 0);

function placeRow(row: readonly Letter[], x: number, y: number): Part[] {
  return row.flatMap((letter, index) => {
    const at = x + widthOf(row.slice(0, index)) * digitSize;
    return letter.parts.map(part => ({ shape: part.shape, x: at, y, scale: digitSize }));
  });
}

/** Two rectangles that run in opposite directions: what lies between them is filled. */
function frame(x: number, y: number, width: number, height: number, line: number): string {
  const outer = `M${num(x)} ${num(y)}h${num(width)}v${num(height)}h${num(-width)}Z`;
  const inner = `M${num(x + line)} ${num(y + line)}v${num(height - 2 * line)}h${num(width - 2 * line)}v${num(2 * line - height)}Z`;
  return outer + inner;
}
