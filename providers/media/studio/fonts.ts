// The font files of the studio, opened once. They lie beside this file, in `fonts/`, with their licences.
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

const opened = new Map<Weight, Font[]>();

/** The fonts of a weight, in the order in which they are asked for a sign. */
export function fontsOf(weight: Weight): Font[] {
  let fonts = opened.get(weight);
  if (!fonts) {
    const folder = fontFolder();
    fonts = fontFiles[weight].map(name => openFont(join(folder, name)));
    opened.set(weight, fonts);
  }
  return fonts;
}

function openFont(file: string): Font {
  const bytes = readFileSync(file);
  return parse(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

/** The font files lie in the source tree only: the compiler copies none of them to `dist/`. */
function fontFolder(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); at !== dirname(at); at = dirname(at)) {
    const folder = join(at, 'providers', 'media', 'studio', 'fonts');
    if (existsSync(folder)) return folder;
  }
  throw new Error('The fonts of the studio are missing: install the package again.');
}
