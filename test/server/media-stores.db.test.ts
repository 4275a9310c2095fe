// Stored bytes over HTTP, from each kind of store: the same answers, whatever lies behind them.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import sharp from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import { type ContentRecord, newContentId, openContent, storeContent } from '../../content/index.ts';
import { openQueue } from '../../queue/index.ts';
import { createApp } from '../../server/index.ts';
import { openers } from '../content/stores.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { waitFor } from '../helpers/wait.ts';
import { bodyOf, serve, type TestApp } from './setup.ts';

const bytes = randomBytes(20_000_000);
const pathOf = ({ content_id, extension, workflow_run_id }: ContentRecord) =>
  `/workflow/${workflow_run_id}/media/${content_id}.${extension}`;

describe.each(Object.keys(openers))('%s', kind => {
  let app: TestApp['app'];
  let content: TestApp['content'];
  let film: ContentRecord;
  let picture: ContentRecord;
  let url: string;

  async function store(body: Buffer, content_type: string, extension: string) {
    const about = { metadata_id: null, workflow_run_id: 'run1', index: 0, provider_url: null };
    const pieces = (async function* () {
      yield body;
    })();
    return storeContent(content, {
      ...about,
      content_id: newContentId(),
      content_type,
      extension,
      body: pieces,
    });
  }

  beforeAll(async () => {
    const { store: blobs } = await openers[kind]!();
    const db = await testDatabase();
    content = await openContent(db, { store: blobs });
    app = createApp({ queue: await openQueue(db), content });
    film = await store(bytes, 'video/mp4', 'mp4');
    const png = await sharp({ create: { width: 800, height: 400, channels: 3, background: '#35c' } })
      .png()
      .toBuffer();
    picture = await store(png, 'image/png', 'png');
    ({ url } = await serve({ app }));
  });

  const get = (headers: Record<string, string> = {}, method = 'GET') =>
    fetch(url + pathOf(film), { method, headers });

  test('the whole, by its hash and length', async () => {
    const answer = await get();
    expect([answer.status, answer.headers.get('content-length')]).toEqual([200, '20000000']);
    const hash = createHash('sha256').update(Buffer.from(await answer.arrayBuffer()));
    expect(`"${hash.digest('hex')}"`).toBe(answer.headers.get('etag'));
  });

  test.each([
    ['bytes=0-99', 0, 100],
    ['bytes=19999990-', 19_999_990, 20_000_000],
    ['bytes=-10', 19_999_990, 20_000_000],
    ['bytes=8388600-8388700', 8_388_600, 8_388_701],
    ['bytes=15000000-99999999', 15_000_000, 20_000_000],
  ])('the range %s', async (Range, start, end) => {
    const answer = await get({ Range, 'If-Range': `"${film.sha256}"` });
    expect([answer.status, answer.headers.get('content-range')]).toEqual([
      206,
      `bytes ${start}-${end - 1}/20000000`,
    ]);
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes.subarray(start, end))).toBe(true);
  });

  test('HEAD, a version that the client has, another version, and a range outside', async () => {
    const asked = await Promise.all([
      get({}, 'HEAD'),
      get({ 'If-None-Match': `"${film.sha256}"` }),
      get({ Range: 'bytes=0-9', 'If-Range': '"other"' }),
      get({ Range: 'bytes=20000000-' }),
    ]);
    expect(asked.map(({ status }) => status)).toEqual([200, 304, 200, 416]);
    for (const answer of asked) await answer.body?.cancel();
  });

  test('the thumbnail of a picture is a WebP of its own tag, in whole and in part', async () => {
    const address = `${url}${pathOf(picture)}?thumbnail=1`;
    const answer = await fetch(address);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/webp',
      etag: `"${picture.sha256}-thumbnail"`,
      'cache-control': expect.stringContaining('max-age=31536000, immutable'),
    });
    const small = Buffer.from(await answer.arrayBuffer());
    expect(await sharp(small).metadata()).toMatchObject({ format: 'webp', width: 320, height: 160 });
    const part = await fetch(address, { headers: { Range: 'bytes=-5' } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(small.subarray(-5))).toBe(true);
    const headers = { 'If-None-Match': `"${picture.sha256}-thumbnail"` };
    expect((await fetch(address, { headers })).status).toBe(304);
  });

  test('a film has no thumbnail, and says so', async () => {
    const answer = await fetch(`${url}${pathOf(film)}?thumbnail=1`);
    expect([answer.status, (await bodyOf(answer)).detail]).toEqual([404, 'This media has no thumbnail.']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  test('a slow client makes the store wait, and one that goes away frees it', async () => {
    let read = 0;
    let open = 0;
    const get = content.blobs.get.bind(content.blobs);
    content.blobs.get = async (key, range) => {
      const stream = (await get(key, range))!;
      open++;
      stream.once('close', () => open--);
      const push = stream.push.bind(stream);
      stream.push = chunk => {
        read += chunk?.length ?? 0;
        return push(chunk);
      };
      return stream;
    };
    const socket = connectSocket(Number(new URL(url).port), '127.0.0.1');
    socket.write(`GET ${pathOf(film)} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await once(socket, 'readable');
    let before = -1;
    // What fits into the buffers between the two of us is read; then nothing any more.
    await waitFor(
      () => {
        const still = read > 0 && read === before;
        before = read;
        return still;
      },
      { everyMs: 300 },
    );
    expect(open).toBe(1);
    expect(read).toBeLessThan(16_000_000);
    socket.destroy();
    await waitFor(() => open === 0);
    content.blobs.get = get;
  });

  test('a store that fails is 503, and its error stays here', async () => {
    const get = content.blobs.get.bind(content.blobs);
    content.blobs.get = () => Promise.reject(new Error('cannot read mongodb://u:hunter2@h'));
    const answer = await fetch(url + pathOf(film));
    content.blobs.get = get;
    expect(answer.status).toBe(503);
    expect(await answer.text()).not.toContain('hunter2');
  });

  test('bytes that are gone are 404', async () => {
    const lost = await store(Buffer.from('lost'), 'video/mp4', 'mp4');
    await content.blobs.delete(lost.content_id);
    expect((await fetch(url + pathOf(lost))).status).toBe(404);
  });
});
