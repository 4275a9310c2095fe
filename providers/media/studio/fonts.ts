// The font files of the studio, opened once and when they are needed. They lie beside this file, in `fonts/`, with their licences.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Font, parse } from 'opentype.js/dist/opentype.mjs';

export type Weight = 'bold' | 'medium';

const fontFiles: Record<Weight, readonly string[]> = {
  bold: [
    'archivo-latin-800-normal.woff',
    'archivo-latin-ext-800-normal.woff',
    'archivo-vietnamese-800-normal.woff',
    'roboto-cyrillic-800-normal.woff',
    'roboto-cyrillic-ext-800-normal.woff',
    'roboto-greek-800-normal.woff',
    'roboto-math-800-normal.woff',
  ],
  medium: ['archivo-latin-500-normal.woff'],
};

const opened = new Map<string, Font>();

/** The first font of a weight that has a sign; null when none has it. */
export function findFont(weight: Weight, sign: string): Font | null {
  // One after the other: reading all of them would hold up the process for a tenth of a second.
  for (const name of fontFiles[weight]) {
    const font = openFont(name);
    if (font.charToGlyphIndex(sign) > 0) return font;
  }
  return null;
}

function openFont(name: string): Font {
  const known = opened.get(name);
  if (known) return known;
  const bytes = readFileSync(join(fontFolder(), name));
  const font = parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  opened.set(name, font);
  return font;
}

/** The font files lie in the source tree only: the compiler copies none of them to `dist/`. */
function fontFolder(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    const folder = join(at, 'providers', 'media', 'studio', 'fonts');
    if (existsSync(folder)) return folder;
  }
  throw new Error('The fonts of the studio are missing: install the package again.');
}
