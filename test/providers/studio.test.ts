// The studio really draws: files are decoded again and looked at.
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { defaultProviders, type GenerationRequest, type GenerationResult } from '../../providers/index.ts';
import { waitFor } from '../helpers/wait.ts';
import { requestFor, sourceOf } from './request.ts';

const studio = defaultProviders().get('studio');
const txt2img = (request: GenerationRequest) => studio.txt2img!(request);
const img2img = (request: GenerationRequest) => studio.img2img!(request);
const img2vid = (request: GenerationRequest) => studio.img2vid!(request);

const bytesOf = ({ files = [] }: GenerationResult): Uint8Array[] => files.map(({ bytes }) => bytes);
const only = (result: GenerationResult): Uint8Array => bytesOf(result)[0]!;
const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function poster(prompt: string, params: Record<string, unknown> = {}): Promise<Uint8Array> {
  return only(await txt2img(requestFor(prompt, { width: 256, height: 320, ...params })));
}

/** A picture is blank when one of its channels hardly varies. */
async function expectDrawn(bytes: Uint8Array): Promise<void> {
  const { channels } = await sharp(bytes).stats();
  expect(Math.max(...channels.map(({ stdev }) => stdev))).toBeGreaterThan(10);
}

/** A picture to start from. */
const photo = async () => Buffer.from(await poster('A lighthouse', { width: 300, height: 200 }));

test('a poster is a PNG of the size that was asked for, with something on it', async () => {
  const bytes = await poster('Red fox', { width: 300, height: 420 });
  expect(await sharp(bytes).metadata()).toMatchObject({ format: 'png', width: 300, height: 420 });
  await expectDrawn(bytes);
});

test('a poster is 1024 × 1280 unless a size is asked for', async () => {
  const bytes = only(await txt2img(requestFor('Red fox')));
  expect(await sharp(bytes).metadata()).toMatchObject({ width: 1024, height: 1280 });
});

test('the same words give the same picture, other words another, another seed another', async () => {
  const [one, again, other, reseeded] = await Promise.all([
    poster('Red fox'),
    poster('Red fox'),
    poster('Blue fox'),
    poster('Red fox', { seed: 1 }),
  ]);
  expect(hash(again)).toBe(hash(one));
  expect(new Set([one, other, reseeded].map(hash)).size).toBe(3);
});

test('several pictures are variations, each of its own', async () => {
  const result = await txt2img(requestFor('Red fox', { width: 200, height: 200, num_images: 4 }));
  expect(new Set(bytesOf(result).map(hash)).size).toBe(4);
});

test.each([
  ['one letter', 'x'],
  ['emoji', '🚀 to the moon 👩‍👩‍👧‍👦 and back 1️⃣'],
  ['Chinese', '一只红色的狐狸在雪地里奔跑'],
  ['right to left', 'ثعلب أحمر يركض في الثلج'],
  ['markup', '<script>alert("hi")</script> &amp; ]]> <!-- </svg>'],
  ['broken Unicode', 'half \ud83d a pair'],
  ['control signs', 'a\u0000b\u0007c\u200bd\u202e'],
  ['many accents', 'a\u0301\u0302\u0303\u0304'.repeat(50)],
  ['a page of text', 'In the city where all the clocks disagree. '.repeat(50).slice(0, 2000)],
  ['one endless word', 'x'.repeat(2000)],
])('%s can be set', async (_name, prompt) => {
  await expectDrawn(await poster(prompt));
});

test.each([
  [64, 64],
  [2048, 64],
  [64, 2048],
])('%i × %i pixels are enough', async (width, height) => {
  const bytes = await poster('A lighthouse in a storm', { width, height });
  expect(await sharp(bytes).metadata()).toMatchObject({ width, height });
});

test('fractions rise from 0 to 1, one for each thing that is done', async () => {
  const request = requestFor('Red fox', { width: 200, height: 200, num_images: 2 });
  await txt2img(request);
  const fractions = request.said.map(({ fraction }) => fraction ?? -1);
  expect(fractions[0]).toBe(0);
  expect(fractions.at(-1)).toBe(1);
  expect(fractions.length).toBeGreaterThan(10);
  expect(fractions).toEqual([...new Set(fractions)].sort((a, b) => a - b));
  expect(request.said.at(-1)?.message).toBe('Poster 2 of 2: printing');
});

test('the work takes as long as it was asked to, in even steps', async () => {
  const request = requestFor('Red fox', { width: 128, height: 128, duration_ms: 600 });
  const began = performance.now();
  await txt2img(request);
  expect(performance.now() - began).toBeGreaterThanOrEqual(595);
  const gaps = request.said
    .slice(1)
    .map(({ elapsed_ms }, index) => elapsed_ms - request.said[index]!.elapsed_ms);
  expect(Math.max(...gaps)).toBeLessThan(400);
});

test.each([
  ['txt2img', txt2img],
  ['img2vid', img2vid],
])('%s stops at once when it is told to, with the reason it was given', async (_name, action) => {
  const controller = new AbortController();
  const request = requestFor('Red fox', { duration_ms: 5_000 }, { signal: controller.signal });
  const work = action(request);
  await waitFor(() => request.said.length > 2);
  const reason = new Error('cancelled');
  const told = performance.now();
  controller.abort(reason);
  await expect(work).rejects.toBe(reason);
  expect(performance.now() - told).toBeLessThan(100);
  const said = request.said.length;
  await new Promise(resolve => setTimeout(resolve, 150));
  expect(request.said.length).toBe(said);
});

test('nothing is begun for somebody who has already gone', async () => {
  const request = requestFor('Red fox', {}, { signal: AbortSignal.abort(new Error('gone')) });
  await expect(txt2img(request)).rejects.toThrow('gone');
  expect(request.said).toEqual([]);
});

test('other work of the process gets its turn while the studio draws', async () => {
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  const text = 'In the city where all the clocks disagree. '.repeat(40);
  await txt2img(requestFor(text, { width: 2048, height: 2048, num_images: 2 }));
  clearInterval(timer);
  expect(longest).toBeLessThan(300);
});

test.each(['duotone', 'posterize', 'halftone', 'riso', 'lines', 'mosaic', 'blur'])(
  'the filter %s changes a picture, the same way each time',
  async filter => {
    const source = sourceOf(await photo());
    const print = () => img2img(requestFor('a fox', { filter }, { source_image: source }));
    const [one, again] = [only(await print()), only(await print())];
    expect(await sharp(one).metadata()).toMatchObject({ format: 'webp', width: 300, height: 200 });
    expect(hash(again)).toBe(hash(one));
    await expectDrawn(one);
  },
);

test('the prompt chooses the filter, and a wanted size is honoured', async () => {
  const source_image = sourceOf(await photo());
  const result = await img2img(requestFor('as a halftone', { width: 128, height: 256 }, { source_image }));
  expect(result.raw_response).toMatchObject({ filter: 'halftone' });
  expect(await sharp(only(result)).metadata()).toMatchObject({ width: 128, height: 256 });
});

test('a film is an animated WebP whose frames differ', async () => {
  const source_image = sourceOf(await photo());
  const result = await img2vid(requestFor('a fox', { motion: 'pan', frames: 16 }, { source_image }));
  const film = only(result);
  expect(await sharp(film, { pages: -1 }).metadata()).toMatchObject({
    pages: 16,
    width: 300,
    pageHeight: 200,
    loop: 0,
  });
  const frames = await Promise.all([0, 4, 8].map(page => sharp(film, { page }).raw().toBuffer()));
  expect(new Set(frames.map(hash)).size).toBe(3);
});

test('a film without a source picture sets the poster in motion', async () => {
  const result = await img2vid(requestFor('Jazz', { width: 128, height: 160, frames: 16 }));
  expect(result.raw_response).toMatchObject({ motion: 'shapes' });
  const frames = await Promise.all([0, 5].map(page => sharp(only(result), { page }).raw().toBuffer()));
  expect(hash(frames[0]!)).not.toBe(hash(frames[1]!));
});

test('params out of bounds are named', async () => {
  const request = requestFor('x', { width: 9999, num_images: 0 });
  await expect(txt2img(request)).rejects.toThrow(/width: .*2048.*num_images: /);
  await expect(txt2img(request)).rejects.toMatchObject({ name: 'InvalidRequestError' });
});

test('a print without a source picture is refused', async () => {
  await expect(img2img(requestFor('x'))).rejects.toMatchObject({ name: 'InvalidRequestError' });
});

test.each([
  ['no picture', async () => Buffer.from('<svg onload="alert(1)"/>')],
  ['half a picture', async () => (await photo()).subarray(0, 500)],
  [
    'a picture of 64 million pixels',
    () =>
      sharp({ create: { width: 8_000, height: 8_000, channels: 3, background: '#fff' } })
        .png()
        .toBuffer(),
  ],
])('%s as source is refused', async (_name, make) => {
  const request = requestFor('x', {}, { source_image: sourceOf(await make()) });
  await expect(img2img(request)).rejects.toMatchObject({ name: 'InvalidRequestError' });
});
