// The same copy without Callsheet: from an address into a store and out of it again, by the driver alone. Each line on stdin is
// an address; each line on stdout is the seconds in and the seconds out.
// Usage: tsx bench/film-copy.ts <mongodb uri> gridfs|file:<folder>
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, unlink } from 'node:fs/promises';
import { get } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GridFSBucket, MongoClient } from 'mongodb';
import { timed } from './mongod.ts';

interface Alone {
  write(body: Readable): Promise<void>;
  read(): Promise<void>;
  remove(): Promise<void>;
}

const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

async function gridfsAlone(uri: string): Promise<Alone> {
  const client = await MongoClient.connect(uri);
  // As our store has it: the same chunks, and the same promise.
  const writeConcern = { w: 'majority', journal: true } as const;
  const bucket = new GridFSBucket(client.db('alone'), { chunkSizeBytes: 1024 ** 2, writeConcern });
  return {
    write: body => pipeline(body, bucket.openUploadStream('film')),
    read: () => pipeline(bucket.openDownloadStreamByName('film'), nowhere()),
    remove: () => bucket.drop(),
  };
}

async function fileAlone(folder: string): Promise<Alone> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'alone');
  return {
    write: body => pipeline(body, createWriteStream(path, { flush: true })),
    read: () => pipeline(createReadStream(path, { highWaterMark: 512 * 1024 }), nowhere()),
    remove: () => unlink(path),
  };
}

const [uri = '', store = ''] = process.argv.slice(2);
const alone = store.startsWith('file:') ? await fileAlone(store.slice(5)) : await gridfsAlone(uri);
console.log('ready');
for await (const address of createInterface({ input: process.stdin })) {
  const body = await new Promise<Readable>(resolve => get(address, resolve));
  const written = await timed(() => alone.write(body));
  const read = await timed(() => alone.read());
  await alone.remove();
  console.log(`${written.seconds} ${read.seconds}`);
}
// Whoever started this is gone; the client would wait for more.
process.exit();
