// What is found out about a picture when it is stored: its size, and a thumbnail beside it.
import type { Db } from 'mongodb';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import {
  type Content,
  discardContents,
  newContentId,
  openContent,
  readThumbnail,
  storeContent,
  UnreadablePicture,
} from '../../content/index.ts';
import { testDatabase } from '../helpers/mongo.ts';

let db: Db;
let content: Content;
beforeAll(async () => {
  db = await testDatabase();
  content = await openContent(db);
});

const plain = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#c33' } });

const store = (bytes: Buffer, content_type = 'image/png', options = {}) =>
  storeContent(
    content,
    {
      content_id: newContentId(),
      metadata_id: null,
      workflow_run_id: 'run',
      index: 0,
      provider_url: null,
      content_type,
      extension: 'png',
      body: (async function* () {
        yield bytes;
      })(),
    },
    options,
  );

const thumbnailOf = async (content_id: string) => {
  const stream = await readThumbnail(content, { content_id, store: 'gridfs' });
  return stream && Buffer.concat(await stream.toArray());
};

test('a picture gets a small WebP, never larger than itself', async () => {
  for (const [width, height, shown] of [
    [1_000, 500, { width: 320, height: 160 }],
    [500, 1_000, { width: 160, height: 320 }],
    [40, 30, { width: 40, height: 30 }],
  ] as const) {
    const { content_id, thumbnail, ...record } = await store(await plain(width, height).png().toBuffer());
    expect(record).toMatchObject({ width, height });
    const bytes = await thumbnailOf(content_id);
    expect(thumbnail).toEqual({ size: bytes?.length, ...shown });
    expect(await sharp(bytes!).metadata()).toMatchObject({ format: 'webp', ...shown });
  }
});

test('a photograph that lies on its side stands up in its thumbnail', async () => {
  const jpeg = await plain(600, 300).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const record = await store(jpeg, 'image/jpeg');
  expect(record).toMatchObject({ width: 300, height: 600, thumbnail: { width: 160, height: 320 } });
});

test('an animation is shown by its first picture', async () => {
  const frames = await Promise.all(['red', 'blue'].map(background => frame(background)));
  const gif = await sharp(frames, { join: { animated: true } })
    .gif()
    .toBuffer();
  expect(await store(gif, 'image/gif')).toMatchObject({
    width: 50,
    height: 40,
    thumbnail: { width: 50, height: 40 },
  });
});

const frame = (background: string) =>
  sharp({ create: { width: 50, height: 40, channels: 3, background } })
    .png()
    .toBuffer();

test('what has more pixels than may be decoded has its size, and no thumbnail', async () => {
  const bomb = await plain(12_000, 12_000).png().toBuffer();
  expect(bomb.length).toBeLessThan(2_000_000);
  expect(await store(bomb)).toMatchObject({ width: 12_000, height: 12_000, thumbnail: null });
});

test('a picture cut short is kept without thumbnail, unless a whole one is demanded', async () => {
  const whole = await plain(300, 300).png({ compressionLevel: 0 }).toBuffer();
  const half = whole.subarray(0, whole.length / 2);
  const { content_id, ...record } = await store(half);
  expect(record).toMatchObject({ width: 300, thumbnail: null });
  expect(await thumbnailOf(content_id)).toBeNull();
  await expect(store(half, 'image/png', { demandPicture: true })).rejects.toThrow(UnreadablePicture);
});

test('a film is not looked at', async () => {
  const record = await store(await plain(10, 10).png().toBuffer(), 'video/mp4');
  expect(record).toMatchObject({ width: null, thumbnail: null });
});

test('a thumbnail goes with its picture, and a failure between the two leaves neither', async () => {
  const files = () => db.collection('media.files').countDocuments();
  const before = await files();
  const png = await plain(10, 10).png().toBuffer();
  const { content_id } = await store(png);
  expect(await files()).toBe(before + 2);
  await discardContents(content, [content_id]);
  expect(await files()).toBe(before);
  await db.command({ collMod: 'media.files', validator: { filename: { $not: /thumbnail/ } } });
  await expect(store(png)).rejects.toThrow('validation');
  await db.command({ collMod: 'media.files', validator: {} });
  expect(await files()).toBe(before);
});

test('many pictures at once are looked at one after the other', async () => {
  const png = await plain(2_000, 2_000).png().toBuffer();
  const records = await Promise.all(Array.from({ length: 6 }, () => store(png)));
  expect(records.every(({ thumbnail }) => thumbnail?.width === 320)).toBe(true);
});
