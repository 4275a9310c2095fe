// What can go wrong with a provider, one class per thing somebody can act on. Each says whether trying again helps, in the
// way the queue's workers read it: a registered symbol, so that this room needs to know nothing of them.

type Verdict =
  | { kind: 'permanent' }
  | { kind: 'retry'; delay_ms?: number }
  | { kind: 'cooldown'; until: Date };

const verdict = Symbol.for('callsheet.verdict');

/** A generation failed. Unless a subclass knows better, trying again may help. */
export class GenerationError extends Error {
  override name = 'GenerationError';
  readonly [verdict]: Verdict;
  constructor(message: string, options: ErrorOptions = {}, advice: Verdict = { kind: 'retry' }) {
    super(message, options);
    this[verdict] = advice;
  }
}

/** The same request will always fail. */
class PermanentGenerationError extends GenerationError {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options, { kind: 'permanent' });
  }
}

/** The provider refuses these params or this picture. */
export class InvalidRequestError extends PermanentGenerationError {
  override name = 'InvalidRequestError';
}

/** The key is missing, wrong, or may not do this; the message names the variable to set. */
export class AuthenticationError extends PermanentGenerationError {
  override name = 'AuthenticationError';
}

/** The account has nothing left to pay with. */
export class InsufficientCreditsError extends PermanentGenerationError {
  override name = 'InsufficientCreditsError';
}

/** The provider's moderation refused the prompt or the picture. */
export class ContentPolicyError extends PermanentGenerationError {
  override name = 'ContentPolicyError';
}

/** Nobody knows whether the paid job was accepted: trying again might pay twice. */
export class SubmissionUncertain extends PermanentGenerationError {
  override name = 'SubmissionUncertain';
}

/** The provider took longer than it is given. */
export class GenerationTimeoutError extends GenerationError {
  override name = 'GenerationTimeoutError';
}

/** The provider cannot be reached or is broken just now. */
export class ProviderUnavailableError extends GenerationError {
  override name = 'ProviderUnavailableError';
}

/** The request was sent, but its answer is lost: the provider may have acted all the same. */
export class AnswerLostError extends ProviderUnavailableError {
  override name = 'AnswerLostError';
}

/** The provider has nothing under this address or id, or no longer. */
export class NotFoundError extends PermanentGenerationError {
  override name = 'NotFoundError';
}

/** The provider asks for a rest until a moment; nothing of its lane should start before. */
export class RateLimitError extends GenerationError {
  override name = 'RateLimitError';
  readonly until: Date;
  constructor(message: string, { until, ...options }: ErrorOptions & { until: Date }) {
    super(message, options, { kind: 'cooldown', until });
    this.until = until;
  }
}

/** No provider has this name. */
export class UnknownProvider extends PermanentGenerationError {
  override name = 'UnknownProvider';
  constructor(name: string, known: string[]) {
    super(`There is no media provider "${name}". There are: ${known.join(', ') || 'none'}.`);
  }
}

/** The provider does not do what was asked of it. */
export class UnsupportedAction extends PermanentGenerationError {
  override name = 'UnsupportedAction';
  constructor(provider: string, action: string, offered: string[]) {
    super(`The provider "${provider}" cannot do "${action}". It can: ${offered.join(', ') || 'nothing'}.`);
  }
}

/** A picture could not be fetched. `permanent` when the address itself is at fault. */
export class DownloadError extends GenerationError {
  override name = 'DownloadError';
  constructor(
    message: string,
    { permanent = false, ...options }: ErrorOptions & { permanent?: boolean } = {},
  ) {
    super(message, options, permanent ? { kind: 'permanent' } : { kind: 'retry' });
  }
}
