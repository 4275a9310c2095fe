// What a media provider is: the one interface of everything that makes pictures or films, here or in an outside service.
import type { z } from 'zod';

/** The actions a provider may offer, by their names in payloads. */
export const mediaActions = ['txt2img', 'img2img', 'img2vid'] as const;

export type MediaAction = (typeof mediaActions)[number];

/** A picture to start from, read and recognised before the provider gets it. */
export interface SourceImage {
  bytes: Uint8Array;
  content_type: string;
  /** Without dot. */
  extension: string;
  /** The address it was fetched from, when it is none of ours: for services that fetch pictures themselves. */
  url?: string;
}

/** What a service asks for a job, in its own unit. */
type Cost = { amount: number; unit: string };

/**
 * What is written down of a paid job. It stands in the task before the service is asked, so that an attempt which begins
 * after a crash knows that it may have been paid for already.
 */
export type Submission =
  /** The service accepted it, at this price where it says one: go on with it, never submit again. */
  | { external_id: string; cost?: Cost | null }
  /** It was being submitted since this moment (ISO): nobody knows yet whether it was accepted. `mark` finds it again. */
  | { submitting: { since: string; mark: string | number | null } };

export interface GenerationRequest {
  prompt: string;
  /** Everything of the payload's `params` but `prompt` and `source_image`, as the provider's own schema gave it back. */
  params: Record<string, unknown>;
  source_image: SourceImage | null;
  prompt_id: string | null;
  /**
   * Aborted when this attempt shall stop: soon, and by a throw. Only when its reason is named `Cancelled` is the work itself
   * unwanted: then the outside job may be cancelled too, and once the service has said yes to that, forgotten by
   * `checkpoint(null)`. For any other reason (a shutdown, a time limit) the next attempt goes on with it.
   */
  signal: AbortSignal;
  /** Says how far the work is: time since its start, a line for a person, the done part in [0, 1] where it is known. */
  progress: (elapsed_ms: number, message: string, fraction?: number) => unknown;
  /** The job in the outside service that an earlier attempt has begun, or may have begun. */
  resume: Submission | null;
  /**
   * Keeps what is known of the outside job, durably once it resolves: right before it is submitted and right after it was
   * accepted. Null forgets it: the job is known to have failed or never to have been accepted, and the next attempt shall
   * begin another.
   */
  checkpoint: (state: Submission | null) => Promise<void>;
}

/** A picture or film made in this process. */
export interface ProducedFile {
  bytes: Uint8Array;
}

export interface GenerationResult {
  /** Where the service left its pictures, in order; downloaded by the caller. */
  urls: string[];
  /** What was made here; comes before `urls`. */
  files?: ProducedFile[];
  /** The service's answer, kept in the generation record. Must be JSON, without secrets. */
  raw_response: unknown;
  /** The id of the job in the outside service. */
  provider_task_id: string | null;
  /** Left out: what was said at the checkpoint. */
  cost?: Cost | null;
}

/** Whether an outside service would work for us, for people who look after it. */
export interface AccountCheck {
  ok: boolean;
  /** What was found. */
  detail: string;
  /** What to do about it; null when it is well. */
  advice: string | null;
}

export interface MediaProvider {
  /**
   * The params of each action: the form on the page, the check at the server's door and what `request.params` holds are
   * made from it. `prompt` and `source_image` need no mention, unless a picture must be given: then declare
   * `source_image` without `.optional()`. An action without a schema takes any params.
   */
  readonly params?: Partial<Record<MediaAction, z.ZodObject>>;
  txt2img?(request: GenerationRequest): Promise<GenerationResult>;
  img2img?(request: GenerationRequest): Promise<GenerationResult>;
  img2vid?(request: GenerationRequest): Promise<GenerationResult>;
  /** Asks the service whether the key works and lets `limit` jobs run at once; null when the provider is not set up. */
  checkAccount?(limit: number, signal: AbortSignal): Promise<AccountCheck | null>;
}

/** The actions that a provider implements. */
export const actionsOf = (provider: MediaProvider): MediaAction[] =>
  mediaActions.filter(action => provider[action] !== undefined);
