// A stand-in for Leonardo's REST API v1, its store for uploads and its CDN, as its documentation and its own client describe
// them. A generation ends after so many looks at it, or after so long; no test needs to wait. It knows no vitest: other
// processes may run it too (`listen`).
import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { film, picture } from './files.ts';
import { accepted, type Body, type Image, newGeneration, told } from './leonardo-generations.ts';
import { problemOfFilm, problemOfPicture } from './leonardo-requests.ts';
import { Stage } from './stage.ts';

export type Generation = ReturnType<typeof newGeneration>;

const formMs = 120_000;

interface Upload {
  id: string;
  extension: string;
  given_at: number;
  bytes: Buffer | null;
}

export class LeonardoStandIn extends Stage {
  readonly key: string = randomUUID();
  readonly userId: string = randomUUID();
  /** In the order of their submits. */
  readonly generations: Generation[] = [];
  readonly uploads: Upload[] = [];
  readonly deleted: string[] = [];
  now: () => number = Date.now;
  /** The account's. */
  slots = 10;
  /** What looks at each new generation find, one after another; the last one stays. */
  statuses: string[] = ['PENDING', 'PENDING', 'COMPLETE'];
  /** Each new generation is PENDING for at least so long. */
  lasts_ms = 0;
  /** Each new generation is complete without anything in it. */
  empty = false;
  cost: unknown = { amount: '0.02', unit: 'DOLLARS' };
  apiCreditCost: unknown = 8;

  constructor() {
    super();
    this.#serveFiles();
    this.app.use('/api/rest/v1/*', async (c, next) =>
      c.req.header('authorization') === `Bearer ${this.key}`
        ? next()
        : c.json(problem('Authentication hook unauthorized this request', 'access-denied'), 401),
    );
    this.#serveJobs();
    this.#serveAccount();
  }

  /** What goes into LEONARDO_BASE_URL. */
  get base(): string {
    return `${this.url}/api/rest/v1`;
  }

  #serveAccount(): void {
    const api = this.app.basePath('/api/rest/v1');
    api.get('/me', c =>
      c.json({
        user_details: [
          {
            user: { id: this.userId, username: 'stand-in' },
            apiConcurrencySlots: this.slots,
            apiPaidTokens: 1000,
            apiSubscriptionTokens: 0,
            apiPlanTokenRenewalDate: null,
            subscriptionTokens: 0,
            paidTokens: 0,
            subscriptionGptTokens: 0,
            subscriptionModelTokens: 0,
            tokenRenewalDate: null,
          },
        ],
      }),
    );
    api.get('/generations/user/:user', c => {
      if (c.req.param('user') !== this.userId) return c.json({ generations: [] });
      const offset = Number(c.req.query('offset') ?? 0);
      const limit = Number(c.req.query('limit') ?? 10);
      const newest = this.generations.toReversed().slice(offset, offset + limit);
      return c.json({ generations: newest.map(one => told(one, this.#statusOf(one), this.url)) });
    });
  }

  #serveJobs(): void {
    const api = this.app.basePath('/api/rest/v1');
    api.post('/generations', async c => this.#submit(c, await c.req.json(), 'sdGenerationJob'));
    api.post('/generations-image-to-video', async c =>
      this.#submit(c, await c.req.json(), 'motionVideoGenerationJob'),
    );
    api.get('/generations/:id', c => {
      const found = this.generations.find(({ id }) => id === c.req.param('id'));
      if (!found) return c.json({ generations_by_pk: null });
      found.looks++;
      return c.json({ generations_by_pk: told(found, this.#statusOf(found), this.url) });
    });
    api.delete('/generations/:id', c => {
      const at = this.generations.findIndex(({ id }) => id === c.req.param('id'));
      const [found] = at < 0 ? [] : this.generations.splice(at, 1);
      if (!found) return c.json({ delete_generations_by_pk: null });
      this.gauge.leave(found.id);
      this.deleted.push(found.id);
      return c.json({ delete_generations_by_pk: { id: found.id } });
    });
    api.post('/init-image', async c => this.#giveForm(c, await c.req.json()));
  }

  #submit(c: Context, body: Body, job: 'sdGenerationJob' | 'motionVideoGenerationJob'): Response {
    const isFilm = job === 'motionVideoGenerationJob';
    const wrong = isFilm ? problemOfFilm(body) : problemOfPicture(body);
    const missing = this.#missingImage(body);
    if (wrong ?? missing) return c.json(problem(wrong ?? missing ?? '', 'bad-request'), 400);
    if (/forbidden/i.test(String(body.prompt)))
      return c.json(problem('content moderation filter: the prompt was refused', 'unexpected'), 403);
    const made = newGeneration(body, isFilm, this);
    this.generations.push(made);
    this.gauge.enter(made.id);
    return c.json({ [job]: accepted(made.id, this) });
  }

  /** Why a picture to start from cannot be used. */
  #missingImage(body: Body): string | null {
    const uploaded = body.init_image_id ?? (body.imageType === 'UPLOADED' ? body.imageId : null);
    const generated = body.init_generation_image_id ?? (body.imageType === 'GENERATED' ? body.imageId : null);
    if (uploaded != null && !this.uploads.some(({ id, bytes }) => id === uploaded && bytes !== null))
      return 'Init image not found';
    const images: Image[] = this.generations.flatMap(one => one.images);
    if (generated != null && !images.some(({ id }) => id === generated)) return 'Generated image not found';
    return null;
  }

  /** Where a generation is; the first time it has ended, it leaves the gauge. */
  #statusOf(one: Generation): string {
    const index = Math.min(one.looks, one.statuses.length) - 1;
    const early = this.now() < one.ends_at;
    const status = early || index < 0 ? 'PENDING' : one.statuses[index]!;
    if (status === 'COMPLETE' || status === 'FAILED') this.gauge.leave(one.id);
    return status;
  }

  #giveForm(c: Context, { extension }: Body): Response {
    if (typeof extension !== 'string' || !['png', 'jpg', 'jpeg', 'webp'].includes(extension))
      return c.json(problem('Invalid extension', 'validation-failed'), 400);
    const upload = { id: randomUUID(), extension, given_at: this.now(), bytes: null };
    this.uploads.push(upload);
    const key = `users/${this.userId}/initImages/${upload.id}.${extension}`;
    const fields = JSON.stringify({ key, bucket: 'stand-in', Policy: 'policy', 'X-Amz-Signature': 'signed' });
    const url = `${this.url}/store`;
    return c.json({ uploadInitImage: { id: upload.id, fields, key, url }, apiCreditCost: null });
  }

  #serveFiles(): void {
    this.app.post('/store', async c => {
      if (c.req.header('authorization') !== undefined) return c.text('<Error>InvalidArgument</Error>', 403);
      const form = await c.req.formData();
      const [key, last] = [form.get('key'), [...form.keys()].at(-1)];
      const upload = typeof key === 'string' ? this.#uploadOf(key) : undefined;
      const signed = form.get('X-Amz-Signature') === 'signed' && form.get('Policy') === 'policy';
      const file = form.get('file');
      if (!upload || !signed || this.now() - upload.given_at > formMs)
        return c.text('<Error>AccessDenied</Error>', 403);
      if (last !== 'file' || !(file instanceof File)) return c.text('<Error>InvalidRequest</Error>', 400);
      upload.bytes = Buffer.from(await file.arrayBuffer());
      return c.body(null, 204);
    });
    this.app.get('/cdn/:name', c => {
      const isFilm = c.req.param('name').endsWith('.mp4');
      return c.body(isFilm ? film : picture, 200, { 'content-type': isFilm ? 'video/mp4' : 'image/png' });
    });
  }

  #uploadOf(key: string): Upload | undefined {
    return this.uploads.find(({ id, extension }) => key.endsWith(`/${id}.${extension}`));
  }
}

const problem = (error: string, code: string) => ({ error, path: '$', code });
