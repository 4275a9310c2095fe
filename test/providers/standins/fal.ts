// A stand-in for fal.ai's queue, as its documentation and its own client describe it. A request moves one step of its script at
// each look at its status, so no test waits for time to pass.
import { randomUUID } from 'node:crypto';
import { type InQueueQueueStatus, parseEndpointId, type QueueStatus } from '@fal-ai/client';
import { Stage } from './stage.ts';

/** What a look at the status tells, beside the addresses that every answer has. */
export type Step =
  | { status: 'IN_QUEUE'; queue_position: number }
  | { status: 'IN_PROGRESS'; messages: string[] }
  | { status: 'COMPLETED'; error?: string; error_type?: string }
  /** One that the documentation does not know. */
  | { status: 'PAUSED_FOR_BALLAST' };

interface Result {
  status: number;
  body: object;
  headers?: Record<string, string>;
}

interface Job {
  id: string;
  app: string;
  model: string;
  input: Record<string, unknown>;
  /** The last step stays. */
  steps: Step[];
  /** How many steps were told. */
  told: number;
  result: Result;
  cancelled: boolean;
}

const key = 'test-key:secret';

export class FalStandIn extends Stage {
  static readonly key = key;
  readonly jobs: Job[] = [];
  /** What each new request goes through. */
  steps: Step[] = [
    { status: 'IN_QUEUE', queue_position: 2 },
    { status: 'IN_QUEUE', queue_position: 0 },
    { status: 'IN_PROGRESS', messages: ['Loading the model', '1/2 steps'] },
    { status: 'COMPLETED' },
  ];
  /** What each new request ends with. */
  result: Result | null = null;
  file: { bytes: Uint8Array; content_type: string } = { bytes: new Uint8Array(), content_type: 'image/png' };
  /** The base of the addresses in answers, when it is not this server. */
  named: string | null = null;

  constructor() {
    super();
    const { app } = this;
    app.get('/files/:name', c =>
      c.body(Buffer.from(this.file.bytes), 200, { 'content-type': this.file.content_type }),
    );
    app.use(async (c, next) =>
      c.req.header('authorization') === `Key ${key}`
        ? next()
        : c.json({ detail: 'Cannot access application. Authentication is required.' }, 401),
    );
    app.get('/:owner/:alias/requests/:id/status', c =>
      this.#status(c.req.param('id'), c.req.query('logs') === '1'),
    );
    app.get('/:owner/:alias/requests/:id', c => this.#response(c.req.param('id')));
    app.put('/:owner/:alias/requests/:id/cancel', c => this.#cancel(c.req.param('id')));
    app.post('/*', async c => this.#submit(c.req.path.slice(1), await c.req.json<Record<string, unknown>>()));
  }

  #submit(model: string, input: Record<string, unknown>): Response {
    if (typeof input.prompt !== 'string')
      return Response.json(
        { detail: [{ loc: ['body', 'prompt'], msg: 'Field required', type: 'missing' }] },
        { status: 422 },
      );
    const { owner, alias } = parseEndpointId(model);
    const id = randomUUID();
    const { steps, result } = this;
    const job = { id, app: `${owner}/${alias}`, model, input, steps: [...steps], told: 0, cancelled: false };
    this.jobs.push({ ...job, result: result ?? { status: 200, body: this.#output(model, input) } });
    return Response.json({
      status: 'IN_QUEUE',
      queue_position: 0,
      ...this.#addresses(job),
    } satisfies InQueueQueueStatus);
  }

  #addresses({ id, app }: Pick<Job, 'id' | 'app'>) {
    const response_url = `${this.named ?? this.url}/${app}/requests/${id}`;
    return {
      request_id: id,
      response_url,
      status_url: `${response_url}/status`,
      cancel_url: `${response_url}/cancel`,
    };
  }

  #output(model: string, input: Record<string, unknown>): object {
    const url = `${this.url}/files/${randomUUID()}`;
    if (/video/.test(model)) return { video: { url, content_type: 'video/mp4' } };
    const count = Number(input.num_images ?? 1);
    return {
      images: Array.from({ length: count }, (_, index) => ({
        url: `${url}-${index}`,
        width: 64,
        height: 64,
      })),
      has_nsfw_concepts: Array.from({ length: count }, () => false),
      prompt: input.prompt,
      seed: 7,
      timings: { inference: 0.3 },
    };
  }

  #find(id: string): Job | undefined {
    return this.jobs.find(job => job.id === id);
  }

  #status(id: string, logs: boolean): Response {
    const job = this.#find(id);
    if (!job) return Response.json({ detail: 'Request not found' }, { status: 404 });
    const step = job.steps[Math.min(job.told++, job.steps.length - 1)]!;
    if (step.status === 'IN_PROGRESS') this.gauge.enter(id);
    if (step.status === 'COMPLETED') this.gauge.leave(id);
    return Response.json(this.#view(job, step, logs), { status: step.status === 'COMPLETED' ? 200 : 202 });
  }

  #view(job: Job, step: Step, withLogs: boolean): object {
    const base = this.#addresses(job);
    if (step.status === 'IN_QUEUE') return { ...base, ...step } satisfies QueueStatus;
    const messages = step.status === 'IN_PROGRESS' ? step.messages : [];
    const logs = messages.map(message => ({
      message,
      level: 'INFO' as const,
      source: 'USER' as const,
      timestamp: new Date().toISOString(),
    }));
    const shown = withLogs ? logs : [];
    if (step.status === 'IN_PROGRESS')
      return { ...base, status: step.status, logs: shown } satisfies QueueStatus;
    if (step.status !== 'COMPLETED') return { ...base, ...step };
    return { ...base, ...step, logs: shown, metrics: { inference_time: 0.3 } } satisfies QueueStatus;
  }

  #response(id: string): Response {
    const job = this.#find(id);
    if (!job) return Response.json({ detail: 'Request not found' }, { status: 404 });
    if (!isDone(job)) return Response.json({ detail: 'Request is still in progress' }, { status: 400 });
    const { status, body, headers = {} } = job.result;
    return Response.json(body, { status, headers: { ...headers, 'x-fal-request-id': id } });
  }

  #cancel(id: string): Response {
    const job = this.#find(id);
    if (!job) return Response.json({ status: 'NOT_FOUND' }, { status: 404 });
    if (isDone(job)) return Response.json({ status: 'ALREADY_COMPLETED' }, { status: 400 });
    job.cancelled = true;
    this.gauge.leave(id);
    return Response.json({ status: 'CANCELLATION_REQUESTED' }, { status: 202 });
  }
}

const isDone = ({ steps, told }: Job): boolean =>
  steps[Math.min(told, steps.length) - 1]?.status === 'COMPLETED';

/** A stand-in that listens until the test ends. `limit` is how many requests may be in progress at once. */
export async function openFal({ limit = 10 } = {}): Promise<FalStandIn> {
  const fal = new FalStandIn();
  await fal.open(limit);
  return fal;
}
