// Blobs as objects in an S3 bucket, of Amazon or of anybody who speaks its protocol. Large ones go up in parts; an object is
// there only once it is whole.
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { untilAborted } from './abort.ts';
import { measured } from './measured.ts';
import {
  type BlobStat,
  type BlobStore,
  type ByteRange,
  checkKey,
  KeyTaken,
  type PutOptions,
  type StoredBlob,
  UnusableStore,
} from './store.ts';

export interface S3Place {
  bucket: string;
  /** Before every key: empty, or ends with a slash. */
  prefix: string;
  /** Of another service than Amazon's. */
  endpoint?: string | undefined;
}

/** What one upload holds in memory: two parts on their way, and one that fills. */
const partSize = 8 * 1024 ** 2;
const queueSize = 2;

/** Opens a bucket as a blob store. Keys and region are found as Amazon's own tools find them. Throws UnusableStore. */
export async function s3Store(place: S3Place): Promise<BlobStore> {
  const bucket: Bucket = { client: new S3Client(await configure(place)), ...place };
  await reach(bucket);
  return {
    kind: 's3',
    put: (key, body, options) => put(bucket, key, body, options),
    get: (key, range) => get(bucket, key, range),
    stat: key => head(bucket, key),
    delete: key => remove(bucket, key),
  };
}

type Bucket = S3Place & { client: S3Client };

async function configure({ endpoint }: S3Place): Promise<S3ClientConfig> {
  // A body that a browser reads slowly holds its socket.
  const agent = { keepAlive: true, maxSockets: 500 };
  const requestHandler = {
    connectionTimeout: 5_000,
    socketTimeout: 60_000,
    httpAgent: agent,
    httpsAgent: agent,
  };
  const region = await findRegion(endpoint);
  const config: S3ClientConfig = { region, requestHandler, responseChecksumValidation: 'WHEN_REQUIRED' };
  if (endpoint === undefined) return config;
  // Other services know neither buckets as host names nor the newer checksums.
  return { ...config, endpoint, forcePathStyle: true, requestChecksumCalculation: 'WHEN_REQUIRED' };
}

async function findRegion(endpoint: string | undefined): Promise<string> {
  try {
    return await new S3Client({}).config.region();
  } catch (error) {
    // Most other services do not look at it, but it is part of every signature.
    if (endpoint !== undefined) return 'us-east-1';
    throw new UnusableStore('CONTENT_STORE: no region for S3: set AWS_REGION.', { cause: error });
  }
}

/** Asked once at the start, so that a wrong name is told then and not by the first picture. */
async function reach({ client, bucket }: Bucket): Promise<void> {
  try {
    const abortSignal = AbortSignal.timeout(10_000);
    await client.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal });
  } catch (error) {
    throw new UnusableStore(`CONTENT_STORE: the bucket "${bucket}" ${explain(error)}.`, { cause: error });
  }
}

function explain(error: unknown): string {
  const status = statusOf(error);
  if (status === 404) return 'does not exist';
  if (status === 403) return 'may not be used with these credentials';
  if (status !== undefined) return `answered ${status}`;
  return `cannot be reached (${error instanceof Error ? error.message || error.name : String(error)})`;
}

const statusOf = (error: unknown): number | undefined =>
  error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;

function objectOf({ bucket, prefix }: Bucket, key: string): { Bucket: string; Key: string } {
  checkKey(key);
  return { Bucket: bucket, Key: prefix + key };
}

async function put(
  bucket: Bucket,
  key: string,
  body: AsyncIterable<Uint8Array>,
  { content_type, signal }: PutOptions,
): Promise<StoredBlob> {
  signal?.throwIfAborted();
  // A put that fails removes its key: it must not be somebody else's.
  if (await head(bucket, key)) throw new KeyTaken(key);
  const passing = measured(signal ? untilAborted(body, signal) : body);
  const Body = Readable.from(passing.body, { objectMode: false });
  const params = { ...objectOf(bucket, key), Body, ContentType: content_type };
  const upload = new Upload({ client: bucket.client, params, partSize, queueSize });
  const stop = () => void upload.abort();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await upload.done();
    signal?.throwIfAborted();
    return passing.blob();
  } catch (error) {
    Body.destroy();
    // What this cannot remove is found by its key later; the first error is the one that counts.
    await remove(bucket, key).catch(() => {});
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function get(
  bucket: Bucket,
  key: string,
  { start = 0, end }: ByteRange = {},
): Promise<Readable | null> {
  if (end !== undefined && start >= end) return (await head(bucket, key)) && Readable.from([]);
  const whole = start === 0 && end === undefined;
  const Range = whole ? undefined : `bytes=${start}-${end === undefined ? '' : end - 1}`;
  try {
    const { Body } = await bucket.client.send(new GetObjectCommand({ ...objectOf(bucket, key), Range }));
    if (Body instanceof Readable) return Body;
    throw new Error('The S3 client gave no stream.');
  } catch (error) {
    if (statusOf(error) === 404) return null;
    // All of the range lies behind the end, which is no error here.
    if (statusOf(error) === 416) return Readable.from([]);
    throw error;
  }
}

async function head(bucket: Bucket, key: string): Promise<BlobStat | null> {
  try {
    const { ContentLength = 0 } = await bucket.client.send(new HeadObjectCommand(objectOf(bucket, key)));
    return { size: ContentLength };
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

async function remove(bucket: Bucket, key: string): Promise<boolean> {
  const existed = (await head(bucket, key)) !== null;
  await abortUploads(bucket, key);
  await bucket.client.send(new DeleteObjectCommand(objectOf(bucket, key)));
  return existed;
}

/** Parts without an object, which a crash left, cost money and are in no list of objects. */
async function abortUploads(bucket: Bucket, key: string): Promise<void> {
  const { Bucket, Key } = objectOf(bucket, key);
  for (const UploadId of await listUploads(bucket, Bucket, Key))
    await bucket.client
      .send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }))
      .catch(unlessStatus(404));
}

async function listUploads({ client }: Bucket, Bucket: string, Key: string): Promise<string[]> {
  const listed = await client
    .send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }))
    // Some services have no such list; they forget parts by themselves.
    .catch(unlessStatus(405, 501));
  return (listed?.Uploads ?? []).flatMap(upload =>
    upload.Key === Key && upload.UploadId !== undefined ? [upload.UploadId] : [],
  );
}

function unlessStatus(...statuses: number[]): (error: unknown) => undefined {
  return error => {
    const status = statusOf(error);
    if (status === undefined || !statuses.includes(status)) throw error;
  };
}
