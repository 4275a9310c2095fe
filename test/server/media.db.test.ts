// Stored bytes over HTTP.
import { randomBytes } from 'node:crypto';
import { connect as connectSocket } from 'node:net';
import { beforeAll, expect, test } from 'vitest';
import { type ContentRecord, newContentId, storeContent } from '../../content/index.ts';
import { createApp, parseKeys } from '../../server/index.ts';
import { waitFor } from '../helpers/wait.ts';
import { bodyOf, openApp, serve, type TestApp } from './setup.ts';

let t: TestApp;
let picture: ContentRecord;
let film: ContentRecord;
const bytes = randomBytes(3_000_000);
const pathOf = ({ content_id, extension }: ContentRecord, run = 'run1') =>
  `/workflow/${run}/media/${content_id}.${extension}`;

async function store(body: Buffer, about: { content_type: string; extension: string }) {
  return storeContent(t.content, {
    ...about,
    content_id: newContentId(),
    metadata_id: 'gm_1',
    workflow_run_id: 'run1',
    index: 0,
    provider_url: null,
    body: (async function* () {
      yield body;
    })(),
  });
}

beforeAll(async () => {
  t = await openApp();
  picture = await store(bytes, { content_type: 'image/webp', extension: 'webp' });
  film = await store(randomBytes(40_000_000), { content_type: 'video/mp4', extension: 'mp4' });
});

const get = (headers: Record<string, string> = {}, method = 'GET') =>
  t.app.request(pathOf(picture), { method, headers });

test('the bytes come whole, typed, and may be kept for ever', async () => {
  const answer = await get();
  expect(answer.status).toBe(200);
  expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'content-type': 'image/webp',
    'content-length': '3000000',
    'accept-ranges': 'bytes',
    'cache-control': 'public, max-age=31536000, immutable',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; sandbox",
    etag: `"${picture.sha256}"`,
  });
});

test('HEAD tells the same without bytes', async () => {
  const answer = await get({}, 'HEAD');
  expect([answer.status, answer.headers.get('content-length')]).toEqual([200, '3000000']);
  expect((await answer.arrayBuffer()).byteLength).toBe(0);
});

test.each([
  ['bytes=0-99', 0, 100],
  ['bytes=2999990-', 2_999_990, 3_000_000],
  ['bytes=-10', 2_999_990, 3_000_000],
  ['bytes=1500000-9999999', 1_500_000, 3_000_000],
])('a range %s is 206', async (Range, start, end) => {
  const answer = await get({ Range });
  expect(answer.status).toBe(206);
  expect(answer.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/3000000`);
  expect(answer.headers.get('content-length')).toBe(String(end - start));
  expect(Buffer.from(await answer.arrayBuffer()).equals(bytes.subarray(start, end))).toBe(true);
});

test('a range outside is 416 and says how long the file is', async () => {
  for (const Range of ['bytes=3000000-', 'bytes=-0', 'bytes=9999999-99999999']) {
    const answer = await get({ Range });
    expect(answer.status).toBe(416);
    expect(answer.headers.get('content-range')).toBe('bytes */3000000');
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  }
});

test('ranges that make no sense, several of them, or of another version mean the whole file', async () => {
  for (const headers of [
    { Range: 'bytes=9-1' },
    { Range: 'bytes=0-1,4-5' },
    { Range: 'lines=1-2' },
    { Range: 'bytes=-' },
    { Range: 'bytes=0-9', 'If-Range': '"other"' },
  ])
    expect((await get(headers)).status, headers.Range).toBe(200);
  expect((await get({ Range: 'bytes=0-9', 'If-Range': `"${picture.sha256}"` })).status).toBe(206);
});

test('what the client has is not sent again', async () => {
  const answer = await get({ 'If-None-Match': `"${picture.sha256}"` });
  expect(answer.status).toBe(304);
  expect(answer.headers.get('etag')).toBe(`"${picture.sha256}"`);
});

test('media of another run, with another extension, or without one is not there', async () => {
  const { content_id } = picture;
  for (const path of [
    pathOf(picture, 'run2'),
    `/workflow/run1/media/${content_id}.png`,
    `/workflow/run1/media/${content_id}`,
    `/workflow/run1/media/${content_id}.webp.webp`,
    '/workflow/run1/media/..%2f..%2fetc%2fpasswd',
    '/workflow/run1/media/.webp',
    `/workflow/run1/media/${newContentId()}.webp`,
  ]) {
    const answer = await t.app.request(path);
    expect(answer.status, path).toBe(404);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  }
});

test('a client that goes away half-way leaves no open stream of the store', async () => {
  let open = 0;
  const { blobs } = t.content;
  const get = blobs.get.bind(blobs);
  blobs.get = async (key, range) => {
    const stream = await get(key, range);
    open += 1;
    stream?.once('close', () => {
      open -= 1;
    });
    return stream;
  };
  const { port } = await serve(t);
  for (let n = 0; n < 5; n++) {
    const socket = connectSocket(port, '127.0.0.1');
    socket.write(`GET ${pathOf(film)} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    await new Promise(resolve => socket.once('data', resolve));
    expect(open).toBe(1);
    socket.destroy();
    await waitFor(() => open === 0);
  }
  blobs.get = get;
});

test('an error of the store breaks the answer off and says nothing of itself', async () => {
  const { blobs } = t.content;
  const get = blobs.get.bind(blobs);
  blobs.get = async (key, range) => {
    const stream = await get(key, range);
    stream?.once('readable', () => stream.destroy(new Error('cannot read mongodb://u:hunter2@h')));
    return stream;
  };
  const { port } = await serve(t);
  const heard = await new Promise<string>(resolve => {
    let all = '';
    const socket = connectSocket(port, '127.0.0.1');
    socket.on('data', chunk => (all += chunk.toString('latin1')));
    socket.on('close', () => resolve(all));
    socket.on('error', () => {});
    socket.write(`GET ${pathOf(film)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  });
  blobs.get = get;
  expect(heard.length).toBeLessThan(40_000_000);
  expect(heard).not.toContain('hunter2');
});

test('where keys are asked for, no cache that many share may keep the bytes', async () => {
  const { queue, content } = t;
  const app = createApp({ queue, content, keys: parseKeys('page:read:a-secret-of-some-length') });
  const headers = { authorization: 'Bearer a-secret-of-some-length' };
  const answer = await app.request(pathOf(picture), { headers });
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([
    200,
    'private, max-age=31536000, immutable',
  ]);
  expect((await app.request(pathOf(picture))).status).toBe(401);
});

test('records of contents and generations are there to read', async () => {
  const record = await t.app.request(`/api/v1/contents/${picture.content_id}`);
  expect(await bodyOf(record)).toMatchObject({
    content_id: picture.content_id,
    sha256: picture.sha256,
    size: 3_000_000,
  });
  const none = await t.app.request('/api/v1/generations?workflow_run_id=run1');
  expect(await bodyOf(none)).toEqual({ items: [], next_cursor: null });
});
