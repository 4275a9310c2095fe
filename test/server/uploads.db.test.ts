// Pictures that are uploaded: taken whole, recognised by their bytes, and nothing kept of what is not.
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectSocket } from 'node:net';
import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import type { ContentRecord } from '../../content/index.ts';
import { waitFor } from '../helpers/wait.ts';
import { bodyOf, openApp, serve, type TestApp } from './setup.ts';

let t: TestApp;
let base: string;
let port: number;
let png: Buffer;

beforeAll(async () => {
  t = await openApp();
  const listener = await serve(t);
  base = listener.url;
  port = listener.port;
  png = await noise(900, 600).png().toBuffer();
});

const noise = (width: number, height: number) =>
  sharp(randomBytes(width * height * 3), { raw: { width, height, channels: 3 } });

function post(
  body: Buffer | ReadableStream<Uint8Array>,
  { query = '', type = 'image/png', ...rest }: Record<string, string> = {},
) {
  const headers = { 'content-type': type, ...rest };
  return fetch(`${base}/api/v1/contents${query}`, { method: 'POST', headers, body, duplex: 'half' });
}

const stored = async (answer: Response): Promise<ContentRecord> => (await answer.json()) as ContentRecord;

const remains = async () => [
  await t.content.contents.countDocuments(),
  await t.queue.db.collection('media.files').countDocuments(),
  await t.queue.db.collection('media.chunks').countDocuments(),
];

test('a picture is stored as it came, with its record', async () => {
  const answer = await post(png, { query: '?workflow_run_id=run%201' });
  expect(answer.status).toBe(201);
  const record = await stored(answer);
  expect(record).toEqual({
    content_id: expect.stringMatching(/^gc_/),
    metadata_id: null,
    workflow_run_id: 'run 1',
    index: 0,
    provider_url: null,
    content_type: 'image/png',
    extension: 'png',
    size: png.length,
    sha256: createHash('sha256').update(png).digest('hex'),
    width: 900,
    height: 600,
    thumbnail: { size: expect.any(Number), width: 320, height: 213 },
    store: 'gridfs',
    created_at: expect.any(String),
  });
  const location = answer.headers.get('location');
  expect(location).toBe(`/api/v1/contents/${record.content_id}`);
  expect(await stored(await fetch(base + location))).toEqual(record);
  const bytes = await fetch(`${base}/workflow/run%201/media/${record.content_id}.png`);
  expect(Buffer.from(await bytes.arrayBuffer()).equals(png)).toBe(true);
});

test('it belongs to the run "default" when none is named, and is what its bytes say, not what its header says', async () => {
  const jpeg = await noise(30, 20).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const record = await stored(await post(jpeg, { type: 'image/png' }));
  expect(record).toMatchObject({
    workflow_run_id: 'default',
    content_type: 'image/jpeg',
    extension: 'jpg',
    // As it is shown: it lies on its side.
    width: 20,
    height: 30,
    thumbnail: { width: 20, height: 30 },
  });
});

test('a body without announced length is taken', async () => {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(png.subarray(0, 10));
      controller.enqueue(png.subarray(10));
      controller.close();
    },
  });
  expect((await post(body)).status).toBe(201);
});

test.each([
  ['text under the name of a picture', 'image/png', Buffer.from('<svg onload="alert(1)"/>')],
  ['nothing', 'image/png', Buffer.alloc(0)],
  ['a film', 'image/png', Buffer.from('0000001c6674797069736f6d00000000', 'hex')],
  ['the beginning of a picture', 'image/png', Buffer.from('89504e470d0a1a0a', 'hex')],
  ['a picture under another name', 'application/json', Buffer.from('89504e470d0a1a0a', 'hex')],
])('%s is 415 and leaves nothing', async (_name, type, body) => {
  const before = await remains();
  const answer = await post(body, { type });
  expect([answer.status, (await bodyOf(answer)).type]).toEqual([
    415,
    'urn:callsheet:problems/unsupported-media-type',
  ]);
  expect(await remains()).toEqual(before);
});

test('a picture cut short, or with more pixels than may be decoded, is 415 and leaves nothing', async () => {
  const before = await remains();
  const bomb = await sharp({ create: { width: 15_000, height: 15_000, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  for (const body of [png.subarray(0, png.length / 2), bomb]) {
    const answer = await post(body);
    expect([answer.status, (await bodyOf(answer)).detail]).toEqual([
      415,
      'The picture is broken, or has too many pixels.',
    ]);
  }
  expect(await remains()).toEqual(before);
});

test('more than 32 MiB is 413, announced or not, and leaves nothing', async () => {
  const before = await remains();
  const large = Buffer.concat([png, Buffer.alloc(32 * 1024 ** 2)]);
  const announced = await post(large);
  expect([announced.status, (await bodyOf(announced)).type]).toEqual([
    413,
    'urn:callsheet:problems/payload-too-large',
  ]);
  const streamed = await post(new Blob([large]).stream());
  expect(streamed.status).toBe(413);
  expect(await remains()).toEqual(before);
});

test('a picture of more than the 1 MiB that other bodies may have is taken', async () => {
  const large = await noise(1_400, 1_000).png({ compressionLevel: 0 }).toBuffer();
  expect(large.length).toBeGreaterThan(4_000_000);
  expect(await stored(await post(large))).toMatchObject({ size: large.length, width: 1_400 });
});

test('a client that goes away half-way leaves nothing', async () => {
  const before = await remains();
  const large = await noise(1_400, 1_000).png({ compressionLevel: 0 }).toBuffer();
  const socket = connectSocket(port, '127.0.0.1');
  socket.write(
    `POST /api/v1/contents HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: ${large.length}\r\n\r\n`,
  );
  socket.write(large.subarray(0, large.length - 100_000));
  await waitFor(async () => (await remains())[2]! > before[2]!);
  socket.destroy();
  await once(socket, 'close');
  await waitFor(async () => JSON.stringify(await remains()) === JSON.stringify(before));
});

test('the media of a run are listed newest first, by pages, and by an index', async () => {
  const made: string[] = [];
  for (let n = 0; n < 3; n++) {
    const record = await stored(await post(png, { query: '?workflow_run_id=listed' }));
    made.unshift(record.content_id);
  }
  const list = async (query: string) => {
    const answer = await fetch(`${base}/api/v1/contents?${query}`);
    return (await answer.json()) as { items: ContentRecord[]; next_cursor: string | null };
  };
  const first = await list('workflow_run_id=listed&limit=2');
  const second = await list(`workflow_run_id=listed&limit=2&cursor=${first.next_cursor}`);
  expect([...first.items, ...second.items].map(({ content_id }) => content_id)).toEqual(made);
  expect([second.next_cursor, (await list('workflow_run_id=nobody')).items]).toEqual([null, []]);
  for (const query of ['', '?workflow_run_id=listed&cursor=x', '?workflow_run_id=listed&limit=201'])
    expect((await fetch(`${base}/api/v1/contents${query}`)).status).toBe(422);
  const plan = await t.content.contents.find({ workflow_run_id: 'listed' }).sort({ _id: -1 }).explain();
  expect(JSON.stringify(plan.queryPlanner.winningPlan)).not.toMatch(/COLLSCAN|"SORT"/);
});

test('an unknown parameter and a run that is no name are refused', async () => {
  expect((await post(png, { query: '?run=1' })).status).toBe(422);
  expect((await post(png, { query: '?workflow_run_id=' })).status).toBe(422);
});
