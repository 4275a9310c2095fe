// A paid service without HTTP, and the media actor that uses it: tests say how each look at a job ends.
import {
  AnswerLostError,
  GenerationError,
  MediaProviderRegistry,
  NotFoundError,
} from '../../providers/index.ts';
import type {
  GenerationRequest,
  GenerationResult,
  MediaProvider,
  Submission,
} from '../../providers/media/provider.ts';
import { runJob } from '../../providers/media/remote/job.ts';
import type { Look } from '../../providers/media/remote/poll.ts';
import { MediaActor } from '../../worker/actors/media.ts';
import { deferred } from './start.ts';

const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** An attempt looks at its job. */
export interface Call {
  external_id: string;
  done(): void;
  /** The look cannot be made. */
  fail(error: Error): void;
  /** The job failed there. */
  failInService(): void;
  /** It is not known there, and that for longer than a new job might be. */
  missing(): void;
}

type Ended = { state: 'done'; done: null } | { state: 'failed'; error: GenerationError } | { throws: Error };

let made = 0;

export class PaidService implements MediaProvider {
  readonly name = `shop${made++}`;
  submitted = 0;
  readonly looks: Call[] = [];
  readonly cancelled: string[] = [];
  /** Accepts, and the answer is lost. */
  losesAnswer = false;
  /** Accepts, and never answers. */
  holdsSubmit = false;
  /** Does not show its jobs in the list. */
  hidesJobs = false;
  refusesCancel = false;
  /** Nobody waits: the pauses of providers are tested with them. */
  readonly #clock = {
    now: () => Date.now() + this.#aheadMs,
    random: () => 0.5,
    wait: () => Promise.resolve(),
  };
  #aheadMs = 0;
  /** Happens while what is known of the job is written down. */
  meanwhile: (state: Submission | null, write: () => Promise<void>) => Promise<void> = (_, write) => write();

  /** The media actor with this service as its only provider, without long waits between attempts. */
  actor(): MediaActor {
    const registry = new MediaProviderRegistry();
    registry.register(this.name, () => this);
    return new (class extends MediaActor {
      override readonly retry = { base_ms: 10, jitter: false };
    })(registry);
  }

  async txt2img(request: GenerationRequest): Promise<GenerationResult> {
    const kept: GenerationRequest['checkpoint'] = state =>
      this.meanwhile(state, () => request.checkpoint(state));
    const { accepted } = await runJob<null, null>(
      { ...request, checkpoint: kept },
      {
        name: 'The shop',
        mark: request.prompt,
        deadlineMs: 600_000,
        prepare: () => Promise.resolve(null),
        submit: () => this.#submit(),
        find: () => Promise.resolve(this.hidesJobs ? null : { external_id: `job-${this.submitted}` }),
        look: (external_id, signal) => this.#look(external_id, signal),
        cancel: async external_id => this.#cancel(external_id),
      },
      this.#clock,
    );
    return {
      urls: [],
      files: [{ bytes: picture }],
      raw_response: {},
      provider_task_id: accepted.external_id,
    };
  }

  async #submit() {
    this.submitted++;
    if (this.holdsSubmit) await new Promise(() => {});
    if (this.losesAnswer) throw new AnswerLostError('The answer was lost.');
    return { external_id: `job-${this.submitted}` };
  }

  async #look(external_id: string, signal: AbortSignal): Promise<Look<null>> {
    const { promise, resolve } = deferred<Ended>();
    const aborted = new Promise<never>((_, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason)),
    );
    this.looks.push({
      external_id,
      done: () => resolve({ state: 'done', done: null }),
      fail: error => resolve({ throws: error }),
      missing: () => {
        this.#aheadMs += 3_600_000;
        resolve({ throws: new NotFoundError('The shop does not know what was asked for.') });
      },
      failInService: () => resolve({ state: 'failed', error: new GenerationError('It failed there.') }),
    });
    const ended = await Promise.race([promise, aborted]);
    if ('throws' in ended) throw ended.throws;
    return ended;
  }

  #cancel(external_id: string): void {
    if (this.refusesCancel) throw new Error('not now');
    this.cancelled.push(external_id);
  }
}
