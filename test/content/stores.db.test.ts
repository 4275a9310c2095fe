// What every blob store promises: what goes in comes out, whole or in part, and what breaks leaves nothing.
import { createHash, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../helpers/wait.ts';
import { inPieces, openers, type StoreUnderTest } from './stores.ts';

// More than two chunks of GridFS, and more than one part of an upload to S3.
const bytes = randomBytes(19_000_000);
const content_type = 'video/mp4';
let keys = 0;
const newKey = () => `gc_${keys++}`;

describe.each(Object.keys(openers))('%s', kind => {
  let t: StoreUnderTest;
  beforeAll(async () => {
    t = await openers[kind]!();
  });

  async function stored(body: Buffer = bytes): Promise<string> {
    const key = newKey();
    await t.store.put(key, inPieces(body), { content_type });
    return key;
  }

  async function read(key: string, range?: { start?: number; end?: number }): Promise<Buffer | null> {
    const stream = await t.store.get(key, range);
    return stream && Buffer.concat(await stream.toArray());
  }

  test('says what it is', () => {
    expect(t.store.kind).toBe(kind);
  });

  test('a blob comes back as it went in, with its size and hash', async () => {
    const key = newKey();
    const put = await t.store.put(key, inPieces(bytes), { content_type });
    expect(put).toEqual({ size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') });
    expect((await read(key))?.equals(bytes)).toBe(true);
    expect(await t.store.stat(key)).toEqual({ size: bytes.length });
  });

  test.each([
    ['one large piece', 12_500_000],
    ['a piece over the border of a chunk', 1024 ** 2 + 1],
    ['exactly a chunk', 1024 ** 2],
    ['exactly a part', 8 * 1024 ** 2],
    ['one byte', 1],
    ['nothing', 0],
  ])('%s is kept', async (_name, size) => {
    const body = bytes.subarray(0, size);
    const key = newKey();
    await t.store.put(key, inPieces(body, 20_000_000), { content_type });
    expect((await read(key))?.equals(body)).toBe(true);
    expect(await t.store.stat(key)).toEqual({ size });
  });

  test('a range is those bytes, as many of them as there are', async () => {
    const key = await stored();
    for (const [start, end] of [
      [0, 10],
      [5, 6],
      [1024 ** 2 - 1, 1024 ** 2 + 1],
      [1024 ** 2, 2 * 1024 ** 2],
      [18_999_999, 19_000_000],
      [18_000_000, undefined],
      [undefined, 7],
      [18_999_900, 99_999_999],
      [19_000_000, 19_000_001],
      [19_000_000, undefined],
      [7, 7],
    ] as const) {
      const range = { ...(start !== undefined && { start }), ...(end !== undefined && { end }) };
      const found = await read(key, range);
      expect(found?.equals(bytes.subarray(start, end)), `${start} to ${end}`).toBe(true);
    }
  });

  test('an unknown key has nothing, in whole or in part', async () => {
    const { store } = t;
    expect(await store.get('gc_nobody')).toBeNull();
    expect(await store.get('gc_nobody', { start: 0, end: 5 })).toBeNull();
    expect(await store.get('gc_nobody', { start: 3, end: 3 })).toBeNull();
    expect([await store.stat('gc_nobody'), await store.delete('gc_nobody')]).toEqual([null, false]);
  });

  test.each([
    '',
    '.',
    '..',
    '../x',
    'a/b',
    'a\\b',
    '/etc/passwd',
    'a\0b',
    '.hidden',
    '-x',
    'ä',
    'a'.repeat(201),
    'a b',
    '%2e%2e',
  ])('the key %j is refused by everything', async key => {
    const before = await t.remains();
    const { store } = t;
    const all = [
      store.put(key, inPieces(bytes), { content_type }),
      store.get(key),
      store.stat(key),
      store.delete(key),
    ];
    for (const outcome of await Promise.allSettled(all))
      expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'InvalidKey' } });
    expect(await t.remains()).toEqual(before);
  });

  test('a deleted blob leaves nothing', async () => {
    const before = await t.remains();
    const key = await stored();
    expect(await t.remains()).not.toEqual(before);
    expect(await t.store.delete(key)).toBe(true);
    expect(await t.remains()).toEqual(before);
    expect(await t.store.get(key)).toBeNull();
  });

  test('one key being the beginning of another is no danger to it', async () => {
    const key = await stored(bytes.subarray(0, 10));
    await t.store.put(`${key}.thumbnail`, inPieces(bytes.subarray(0, 5)), { content_type });
    await t.store.delete(key);
    expect((await read(`${key}.thumbnail`))?.length).toBe(5);
  });

  test.each([0, 100_000, 18_900_000])(
    'a source that breaks after %i bytes leaves nothing, and its error is told',
    async size => {
      const before = await t.remains();
      async function* breaking() {
        yield* inPieces(bytes.subarray(0, size));
        throw new Error('connection reset');
      }
      await expect(t.store.put(newKey(), breaking(), { content_type })).rejects.toThrow('connection reset');
      expect(await t.remains()).toEqual(before);
    },
  );

  test('an abort half-way leaves nothing, even when the source is silent', async () => {
    const before = await t.remains();
    const controller = new AbortController();
    let silent = false;
    async function* stalling() {
      yield* inPieces(bytes.subarray(0, 18_000_000));
      silent = true;
      await new Promise(() => {});
    }
    const key = newKey();
    const put = t.store
      .put(key, stalling(), { content_type, signal: controller.signal })
      .catch((error: unknown) => error);
    await waitFor(async () => silent && (await t.remains()).length > before.length);
    expect(await t.store.get(key)).toBeNull();
    const reason = new Error('cancelled');
    controller.abort(reason);
    expect(await put).toBe(reason);
    expect(await t.remains()).toEqual(before);
  });

  test('nothing is begun for a signal that is already aborted', async () => {
    const before = await t.remains();
    const options = { content_type, signal: AbortSignal.abort(new Error('gone')) };
    await expect(t.store.put(newKey(), inPieces(bytes), options)).rejects.toThrow('gone');
    expect(await t.remains()).toEqual(before);
  });

  test('what a crash left half-written is not there for readers, and is deleted by its key', async () => {
    const before = await t.remains();
    const key = newKey();
    await t.plantHalf(key, bytes.subarray(0, 6_000_000));
    expect((await t.remains()).length).toBeGreaterThan(before.length);
    expect([await t.store.get(key), await t.store.stat(key)]).toEqual([null, null]);
    expect(await t.store.delete(key)).toBe(false);
    expect(await t.remains()).toEqual(before);
  });

  test('a key is used once: a second put fails and keeps the first blob whole', async () => {
    const key = await stored();
    const second = t.store.put(key, inPieces(randomBytes(100)), { content_type });
    await expect(second).rejects.toThrow(`There is a blob "${key}" already.`);
    expect((await read(key))?.equals(bytes)).toBe(true);
  });

  test('a reader that goes away half-way leaves nothing open', async () => {
    const key = await stored();
    for (let n = 0; n < 10; n++) {
      const stream = (await t.store.get(key))!;
      await new Promise(resolve => stream.once('data', resolve));
      const closed = new Promise(resolve => stream.once('close', resolve));
      stream.destroy();
      await closed;
    }
  });

  test('ten at once come back each as itself', async () => {
    const bodies = Array.from({ length: 10 }, () => randomBytes(2_000_000));
    const stored = await Promise.all(
      bodies.map(async body => {
        const key = newKey();
        await t.store.put(key, inPieces(body), { content_type });
        return key;
      }),
    );
    const found = await Promise.all(stored.map(key => read(key)));
    expect(found.map((body, n) => body?.equals(bodies[n]!))).toEqual(bodies.map(() => true));
  });

  test('a film of 200 MB passes through without being held', async () => {
    const random = randomBytes(1024 ** 2);
    const held = () => process.memoryUsage().arrayBuffers / 1024 ** 2;
    const before = held();
    let most = 0;
    async function* film() {
      for (let n = 0; n < 200; n++) {
        // A new one each time, as from a socket: what is held on to shows.
        yield Buffer.from(random);
        most = Math.max(most, held() - before);
      }
    }
    const key = newKey();
    // As a worker calls it: a task that can be cancelled.
    await t.store.put(key, film(), { content_type, signal: new AbortController().signal });
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of (await t.store.get(key))!) {
      hash.update(chunk);
      size += chunk.length;
      most = Math.max(most, held() - before);
    }
    expect(size).toBe(200 * 1024 ** 2);
    expect(most).toBeLessThan(100);
    await t.store.delete(key);
  });
});
