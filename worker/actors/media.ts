// The media actor: pictures and films by the providers that are registered. What one generation does is in
// `media/generate.ts`, what a task may ask for in `media/input.ts`.
import { z } from 'zod';
import type { MediaProviderRegistry } from '../../providers/index.ts';
import { ActorBase, type ActorContext, type Concurrency } from './actor.ts';
import { type GenerationOutcome, runGeneration } from './media/generate.ts';
import { type MediaInput, type MediaPayload, mediaInput } from './media/input.ts';

export interface MediaActorOptions {
  /** Host names without port that media may be fetched from; by default those that the providers name. */
  hosts?: readonly string[];
}

const output = z.object({
  metadata_id: z.string().meta({ description: 'The generation record.' }),
  content_ids: z.array(z.string()).meta({ description: 'What was made, in order.' }),
  urls: z.array(z.string()).meta({ description: 'Where each of them can be fetched.' }),
});

export class MediaActor extends ActorBase<MediaInput> {
  readonly name = 'media';
  override readonly description = 'Makes pictures and films with a media provider, and keeps them.';
  override readonly tags = ['media'];
  override readonly input: MediaInput;
  override readonly output = output;
  override readonly concurrency: Concurrency;
  // Longer than any provider waits for a film (20 min), so that it is the provider that says what went wrong: a paid job holds
  // its slot for as long as it may run outside, and is not given up while it still does.
  override readonly timeouts = { soft_ms: 21 * 60_000, hard_ms: 22 * 60_000 };
  readonly #providers: MediaProviderRegistry;
  readonly #hosts: readonly string[];

  /** Offers what `providers` has at this moment: register all of them first. */
  constructor(providers: MediaProviderRegistry, { hosts = providers.hosts() }: MediaActorOptions = {}) {
    super();
    this.#providers = providers;
    this.#hosts = hosts.map(host => host.toLowerCase());
    this.input = mediaInput(providers);
    const limits = Object.fromEntries(providers.list().map(name => [name, providers.getConcurrency(name)]));
    this.concurrency = { key: '/provider', limits, default: 1 };
  }

  /** Throws the errors of the provider and of downloads, which say whether trying again helps. */
  execute(payload: MediaPayload, context: ActorContext): Promise<GenerationOutcome> {
    return runGeneration({ payload, context, providers: this.#providers, hosts: this.#hosts });
  }
}
