// What crashes leave of contents, and how it goes away: by hand-made remains, and by a process that is really killed.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Db } from 'mongodb';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  type Content,
  discardContents,
  getContent,
  gridfsStore,
  newContentId,
  openContent,
  openStore,
  readContent,
  storeContent,
  sweepContents,
} from '../../content/index.ts';
import { testDatabase, testUri } from '../helpers/mongo.ts';
import { spawnNode } from '../helpers/processes.ts';
import { waitFor } from '../helpers/wait.ts';

const folder = mkdtempSync(join(tmpdir(), 'callsheet-leftovers-'));
afterAll(() => rmSync(folder, { recursive: true }));

let db: Db;
let content: Content;
beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  await db.dropDatabase();
  content = await openContent(db, { store: await openStore(db, `file:${folder}`) });
});

const files = (): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ name }) => name);

async function* pieces(...all: Buffer[]): AsyncGenerator<Buffer> {
  yield* all;
}

const film = (content_id = newContentId()) => ({
  content_id,
  metadata_id: null,
  workflow_run_id: 'run',
  index: 0,
  provider_url: null,
  content_type: 'video/mp4',
  extension: 'mp4',
});

const storeFilm = (content_id = newContentId()) =>
  storeContent(content, { ...film(content_id), body: pieces(randomBytes(1_000)) });

/** As if it had been begun two hours ago. */
const age = () =>
  content.unfinished.updateMany({}, { $set: { since: new Date(Date.now() - 2 * 3_600_000) } });

test('what is stored or discarded well leaves no note', async () => {
  const { content_id } = await storeFilm();
  expect(await content.unfinished.countDocuments()).toBe(0);
  await discardContents(content, [content_id]);
  expect([await content.unfinished.countDocuments(), files()]).toEqual([0, []]);
});

test('a process that is killed while it stores leaves a part, which is swept after the grace time and not before', async () => {
  const script = join(import.meta.dirname, 'fixtures', 'store-forever.ts');
  const child = spawnNode(['--import', 'tsx', script, testUri(), db.databaseName, folder]);
  await waitFor(() => files().length > 0, { timeoutMs: 30_000 });
  child.kill('SIGKILL');
  await child.exited;
  expect(files()).toEqual([expect.stringMatching(/^\.gc_.*\.part$/)]);
  expect(await sweepContents(content)).toBe(0);
  expect(files()).toHaveLength(1);
  await age();
  expect(await sweepContents(content)).toBe(1);
  expect([files(), await content.unfinished.countDocuments()]).toEqual([[], 0]);
});

test('bytes whose record was never written are swept, thumbnail included', async () => {
  const { content_id } = film();
  await content.unfinished.insertOne({
    _id: content_id,
    doing: 'storing',
    store: 'file',
    since: new Date(0),
  });
  for (const key of [content_id, `${content_id}.thumbnail`])
    await content.blobs.put(key, pieces(randomBytes(10)), { content_type: 'image/png' });
  expect(await sweepContents(content)).toBe(1);
  expect(files()).toEqual([]);
});

test('a content whose note alone was left keeps its record and its bytes', async () => {
  const { content_id } = await storeFilm();
  await content.unfinished.insertOne({
    _id: content_id,
    doing: 'storing',
    store: 'file',
    since: new Date(0),
  });
  expect(await sweepContents(content)).toBe(0);
  expect(files()).toEqual([content_id]);
  expect(await getContent(content, content_id)).not.toBeNull();
  expect(await content.unfinished.countDocuments()).toBe(0);
  await discardContents(content, [content_id]);
});

test('a discard that broke off is finished, record and bytes', async () => {
  const { content_id } = await storeFilm();
  await content.unfinished.insertOne({
    _id: content_id,
    doing: 'discarding',
    store: 'file',
    since: new Date(0),
  });
  expect(await sweepContents(content)).toBe(1);
  expect(files()).toEqual([]);
  expect(await getContent(content, content_id)).toBeNull();
});

test('who stores what was discarded meanwhile is told, and leaves nothing', async () => {
  // In GridFS such a put goes on to its end; in a folder the part is gone under it.
  const inGridfs = await openContent(db);
  for (const storing of [content, inGridfs]) {
    const { content_id } = film();
    async function* body() {
      yield randomBytes(2 * 1024 ** 2);
      await discardContents(storing, [content_id]);
      yield randomBytes(10);
    }
    const stored = storeContent(storing, { ...film(content_id), body: body() });
    await expect(stored).rejects.toThrow(/discarded while it was stored|ENOENT/);
  }
  const names = ['media.files', 'media.chunks', 'contents', 'unfinished_contents'];
  const counts = await Promise.all(names.map(name => db.collection(name).countDocuments()));
  expect([files(), counts]).toEqual([[], [0, 0, 0, 0]]);
});

test('what lies in a store that is not open here waits for who has it', async () => {
  await content.unfinished.insertOne({ _id: 'gc_1', doing: 'storing', store: 's3', since: new Date(0) });
  expect(await sweepContents(content)).toBe(0);
  expect(await content.unfinished.countDocuments()).toBe(1);
});

test('one that cannot be removed does not keep the others, and is tried again later', async () => {
  const many = Array.from({ length: 250 }, (_, n) => ({
    _id: `gc_${n}`,
    doing: 'storing' as const,
    store: 'file' as const,
    since: new Date(n),
  }));
  await content.unfinished.insertMany(many);
  const remove = content.blobs.delete.bind(content.blobs);
  content.blobs.delete = async key => {
    if (key === 'gc_7') throw new Error('the disk says no');
    return remove(key);
  };
  await expect(sweepContents(content)).rejects.toThrow('the disk says no');
  expect((await content.unfinished.find().toArray()).map(({ _id }) => _id)).toEqual(['gc_7']);
  expect(await sweepContents(content)).toBe(0);
  content.blobs.delete = remove;
  await age();
  expect(await sweepContents(content)).toBe(1);
});

test('media in GridFS stay readable and can be discarded when new ones go elsewhere', async () => {
  const before = await openContent(db);
  const old = await storeContent(before, { ...film(), body: pieces(Buffer.from('old')) });
  // As records were before they told their store.
  await content.contents.updateOne({ _id: old.content_id }, { $unset: { store: 1 } });
  const record = await getContent(content, old.content_id);
  expect(record?.store).toBe('gridfs');
  const bytes = await readContent(content, record!);
  expect(Buffer.concat(await bytes!.toArray()).toString()).toBe('old');
  await discardContents(content, [old.content_id]);
  expect(await gridfsStore(db).stat(old.content_id)).toBeNull();
});

test('media in a store that is not open here say so', async () => {
  const record = await storeFilm();
  expect(record.store).toBe('file');
  await expect(readContent(await openContent(db), record)).rejects.toThrow(
    'These media are in another store: CONTENT_STORE would have to be file:….',
  );
  await discardContents(content, [record.content_id]);
});
