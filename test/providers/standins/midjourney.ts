// A stand-in for a Midjourney proxy: submit, poll with percent and a grid of four, press a button, cancel, as the documentation
// of the protocol describes it (`docs/midjourney.md`). A job moves one step of its script at each look at it.
import { Stage } from './stage.ts';

/** What a look at a job tells. */
export interface Step {
  /** 'paused' is one that the documentation does not know. */
  status: 'created' | 'started' | 'progress' | 'completed' | 'failed' | 'moderated' | 'cancelled' | 'paused';
  percent?: number;
  error?: string;
  /** How many pictures beside the grid; 4 (1 for an upscale) once it is completed. */
  pictures?: number;
  grid?: boolean;
}

interface Job {
  jobid: string;
  verb: 'imagine' | 'button';
  request: Record<string, unknown>;
  /** The last step stays. */
  steps: Step[];
  /** How many steps were told. */
  told: number;
}

const key = 'user:1-secret';
const ended = ['completed', 'failed', 'moderated', 'cancelled'];

export class MidjourneyStandIn extends Stage {
  static readonly key = key;
  readonly jobs: Job[] = [];
  /** What each new job goes through. */
  steps: Step[] = [
    { status: 'created' },
    { status: 'started' },
    { status: 'progress', percent: 15 },
    { status: 'progress', percent: 62 },
    { status: 'completed', percent: 100 },
  ];
  file: { bytes: Uint8Array; content_type: string } = { bytes: new Uint8Array(), content_type: 'image/png' };

  constructor() {
    super();
    const { app } = this;
    app.get('/files/:name', c =>
      c.body(Buffer.from(this.file.bytes), 200, { 'content-type': this.file.content_type }),
    );
    app.use(async (c, next) =>
      c.req.header('authorization') === `Bearer ${key}` ? next() : c.json({ error: 'Unauthorized' }, 401),
    );
    app.post('/jobs/imagine', async c => this.#imagine(await c.req.json<Record<string, unknown>>()));
    app.post('/jobs/button', async c => this.#button(await c.req.json<Record<string, unknown>>()));
    app.get('/jobs/:jobid', c => this.#job(c.req.param('jobid')));
    app.delete('/jobs/:jobid', c => this.#cancel(c.req.param('jobid')));
  }

  #imagine(request: Record<string, unknown>): Response {
    if (typeof request.prompt !== 'string' || request.prompt === '')
      return Response.json({ error: 'Field prompt is required' }, { status: 400 });
    return this.#accept('imagine', request);
  }

  #button(request: Record<string, unknown>): Response {
    const parent = this.jobs.find(({ jobid }) => jobid === request.jobid);
    if (!parent) return Response.json({ error: `Job ${String(request.jobid)} not found` }, { status: 404 });
    if (!/^U[1-4]$/.test(String(request.button)))
      return Response.json({ error: `Button ${String(request.button)} is not available` }, { status: 400 });
    return this.#accept('button', request);
  }

  #accept(verb: Job['verb'], request: Record<string, unknown>): Response {
    // The default of the protocol is a stream of events, which nobody here reads.
    if (request.stream !== false) return new Response('event: initialized\n\n', { status: 200 });
    const jobid = `j1123${String(this.jobs.length).padStart(13, '0')}i-u1-c9-bot:midjourney`;
    const job = { jobid, verb, request, steps: [...this.steps], told: 0 };
    this.jobs.push(job);
    this.gauge.enter(jobid);
    return Response.json(this.#view(job, { status: 'created' }), { status: 201 });
  }

  #job(jobid: string): Response {
    const job = this.jobs.find(one => one.jobid === jobid);
    if (!job) return Response.json({ error: 'Job not found' }, { status: 404 });
    const step = job.steps[Math.min(job.told++, job.steps.length - 1)]!;
    if (ended.includes(step.status)) this.gauge.leave(jobid);
    return Response.json(this.#view(job, step));
  }

  #view({ jobid, verb, request }: Job, { status, percent, error, pictures, grid = true }: Step): object {
    const done = status === 'completed';
    const count = pictures ?? (verb === 'imagine' ? 4 : 1);
    const url = `${this.url}/files/${encodeURIComponent(jobid)}`;
    return {
      jobid,
      verb,
      status,
      created: '2025-10-23T14:15:20.123Z',
      updated: '2025-10-23T14:16:45.789Z',
      request,
      ...(error !== undefined && { error }),
      response: {
        content: `**prompt** - (${percent ?? 0}%) (fast)`,
        ...(percent !== undefined && { progress_percent: percent }),
        ...(done && {
          attachments: grid ? [{ url: `${url}-grid`, filename: 'grid.png', width: 128, height: 128 }] : [],
          buttons: ['U1', 'U2', 'U3', 'U4', 'V1', 'V2', 'V3', 'V4'],
          imageUx: Array.from({ length: count }, (_, index) => ({ id: index + 1, url: `${url}-${index}` })),
        }),
      },
    };
  }

  #cancel(jobid: string): Response {
    const job = this.jobs.find(one => one.jobid === jobid);
    if (!job) return Response.json({ error: 'Job not found' }, { status: 404 });
    job.steps = [{ status: 'failed', error: 'Job cancelled by user' }];
    this.gauge.leave(jobid);
    return new Response(null, { status: 204 });
  }
}

/** A stand-in that listens until the test ends. `limit` is how many jobs the account may run at once. */
export async function openMidjourney({ limit = 1 } = {}): Promise<MidjourneyStandIn> {
  const midjourney = new MidjourneyStandIn();
  await midjourney.open(limit);
  return midjourney;
}
