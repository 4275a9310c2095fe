// The part of opentype.js that the studio uses. (The types on npm bring the whole DOM into every file.)
declare module 'opentype.js/dist/opentype.mjs' {
  export interface Glyph {
    /** In units of the font. */
    advanceWidth?: number;
    getBoundingBox(): { x1: number; y1: number; x2: number; y2: number };
    getPath(x: number, y: number, size: number): { toPathData(decimals: number): string };
  }

  export interface Font {
    unitsPerEm: number;
    /** 0 for a character the font lacks. */
    charToGlyphIndex(character: string): number;
    charToGlyph(character: string): Glyph;
    /** In units of the font. */
    getKerningValue(left: Glyph, right: Glyph): number;
  }

  /** Reads TrueType, OpenType and WOFF; throws for anything else. */
  export function parse(font: ArrayBuffer): Font;
}
