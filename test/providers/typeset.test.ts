// Words as outlines: the fonts of the machine play no part, and nothing of a prompt becomes markup.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { lettersOf } from '../../providers/media/studio/letters.ts';
import { channels, choosePalette, palettes } from '../../providers/media/studio/palettes.ts';
import { planPoster } from '../../providers/media/studio/poster.ts';
import { randomFrom } from '../../providers/media/studio/random.ts';
import { fitText } from '../../providers/media/studio/typeset.ts';
import { spawnNode } from '../helpers/processes.ts';

const box = { x: 10, y: 20, width: 400, height: 300 };

const printHashes = `
  import { createHash } from 'node:crypto';
  import { planPoster } from './providers/media/studio/poster.ts';
  import { openCanvas, blankCanvas, paintLayer } from './providers/media/studio/paint.ts';
  for (const prompt of process.argv.slice(1)) {
    const poster = planPoster({ prompt, width: 256, height: 320, seed: 0, variation: 0 });
    let canvas = await blankCanvas(256, 320, poster.palette.paper);
    for (const layer of [...poster.picture(0), ...poster.words]) canvas = await paintLayer(canvas, layer);
    console.log(createHash('sha256').update(await openCanvas(canvas).png().toBuffer()).digest('hex'));
  }
`;

/** The hashes of posters that another process drew, in an environment of its own. */
async function hashesWith(env: Record<string, string>, prompts: string[]): Promise<string[]> {
  const child = spawnNode(['--import', 'tsx', '--input-type=module', '-e', printHashes, ...prompts], { env });
  expect(await child.exited, child.lines.join('\n')).toMatchObject({ code: 0 });
  return child.lines.filter(line => /^[0-9a-f]{64}$/.test(line));
}

test('a poster is the same, byte for byte, on a machine without fonts', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'no-fonts-'));
  onTestFinished(() => rm(empty, { recursive: true }));
  const config = join(empty, 'fonts.conf');
  await writeFile(
    config,
    `<?xml version="1.0"?><fontconfig><dir>${empty}</dir><cachedir>${empty}</cachedir></fontconfig>`,
  );
  const prompts = ['Red fox', 'Слава 一只 🚀 <b>x</b>'];
  const [here, bare] = await Promise.all([
    hashesWith({}, prompts),
    hashesWith(
      { FONTCONFIG_FILE: config, FONTCONFIG_PATH: empty, HOME: empty, XDG_DATA_HOME: empty },
      prompts,
    ),
  ]);
  expect(here).toHaveLength(2);
  expect(bare).toEqual(here);
});

test('a poster has no text element, and none of the words of its prompt', () => {
  const plan = planPoster({
    prompt: '</path><script>alert(1)</script> & "quotes" <text>',
    width: 500,
    height: 500,
    seed: 0,
    variation: 0,
  });
  const svg = [...plan.picture(0), ...plan.words].map(layer => layer.svg).join('');
  const elements = new Set([...svg.matchAll(/<(\w+)/g)].map(([, name]) => name));
  const allowed = new Set(['path', 'rect', 'circle', 'g', 'defs', 'use', 'clipPath']);
  expect([...elements].filter(name => !allowed.has(name ?? ''))).toEqual([]);
  expect(svg).not.toMatch(/script|alert|quotes/);
});

test('a sign no font has is set as a box with its number', () => {
  const [known, missing] = lettersOf('A狐', 'bold');
  expect(known?.parts).toHaveLength(1);
  // The frame and the four digits of U+72D0.
  expect(missing?.parts).toHaveLength(5);
  const digits = lettersOf('72D0', 'medium').map(letter => letter.parts[0]?.shape);
  expect(missing?.parts.slice(1).map(({ shape }) => shape)).toEqual(digits);
});

test('an emoji of several signs is one box', () => {
  expect(lettersOf('👩‍👩‍👧', 'bold')).toHaveLength(1);
  expect(lettersOf('👩‍👩‍👧', 'bold')[0]?.parts).toHaveLength(6);
});

test('Cyrillic, Greek, accents and signs of mathematics are letters, composed or not', () => {
  for (const text of ['Ж', 'Ω', 'ß', 'ő', 'ự', '∑', 'e\u0301'])
    expect(lettersOf(text, 'bold')[0]?.parts).toHaveLength(1);
});

test('pairs are kerned', () => {
  expect(lettersOf('AV', 'bold')[1]?.kern).toBeLessThan(-0.02);
});

test.each(['fox', 'A lighthouse in a storm', 'x'.repeat(300), 'many words '.repeat(100)])(
  'all letters of "%s" are within their place',
  text => {
    const { letters, size } = fitText(text, box, 'bold', 300);
    const right = Math.max(...letters.map(({ x }) => x));
    const bottom = Math.max(...letters.map(({ y }) => y));
    expect(letters).toHaveLength(text.replaceAll(' ', '').length);
    expect(right).toBeLessThan(box.x + box.width);
    expect(bottom + 0.2 * size).toBeLessThanOrEqual(box.y + box.height + 1);
  },
);

test('text is as large as fits: less of it is larger', () => {
  const sizes = ['one two', 'one two three four', 'one two three four '.repeat(9)].map(
    text => fitText(text, box, 'bold', 300).size,
  );
  expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
});

test('words stay whole where that does not make them tiny, and line breaks are kept', () => {
  expect(fitText('typography', box, 'bold', 300).lines).toBe(1);
  expect(fitText('x'.repeat(200), box, 'bold', 300).lines).toBeGreaterThan(3);
  expect(fitText('a\nb\n\nc', box, 'bold', 60).lines).toBe(3);
});

test('Chinese breaks between any two signs', () => {
  const { lines, size } = fitText('一只红色的狐狸在雪地里奔跑', box, 'bold', 300);
  expect(lines).toBeGreaterThan(1);
  expect(size).toBeGreaterThan(50);
});

function luminance(colour: string): number {
  const [red, green, blue] = channels(colour).map(value => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

test.each(palettes)('the words of a poster in $name can be read', ({ paper, ink }) => {
  const [dark, light] = [luminance(paper), luminance(ink)].sort((a, b) => a - b);
  expect((light! + 0.05) / (dark! + 0.05)).toBeGreaterThan(4.5);
});

test('the prompt may ask for a palette', () => {
  expect(choosePalette('a ship at SEA', randomFrom('x')).name).toBe('Harbour');
});
