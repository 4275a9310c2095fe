// Asking an outside service over HTTP with a key. The key goes to the configured address only and into no message; every
// failure is one of the errors of `../errors.ts`. What a service's paths and answers are is its provider's business.
import pRetry from 'p-retry';
import type { z } from 'zod';
import {
  AnswerLostError,
  AuthenticationError,
  type GenerationError,
  InvalidRequestError,
  ProviderUnavailableError,
} from '../errors.ts';
import { isServiceAddress } from './address.ts';
import { type Clock, realClock } from './clock.ts';
import { codeOf, neverConnected } from './connection.ts';
import { errorOf, type Refusal } from './refusal.ts';
import { shown, withoutSecrets } from './secrets.ts';

export interface ApiOptions {
  /** The service as people call it. */
  name: string;
  base_url: string;
  /** Null when there is none: then every request fails with an AuthenticationError, unless `key_optional`. */
  key: string | null;
  key_optional?: boolean;
  /** The variables that configure it, for messages. */
  variables: { key: string; base_url: string };
  /** The headers that carry the key; `Authorization: Bearer <key>` by default. */
  authorize?: (key: string) => Record<string, string>;
  /** The words in an error of the service's own form; null for any other body. */
  errorText: (body: unknown) => string | null;
  /** The error that a refusal of this service is, where its status alone does not tell; else null. */
  explain?: (refusal: Refusal) => GenerationError | null;
  clock?: Clock;
  /** The pause before a GET is tried again, 500 ms by default. */
  retryMs?: number;
}

export interface Asking<Schema extends z.ZodType> {
  /** The answer's form. Be lenient (`z.looseObject`): an answer that does not fit counts as lost. */
  answer: Schema;
  signal: AbortSignal;
  /** Sent as JSON. */
  body?: unknown;
  /** 30 s by default. */
  timeoutMs?: number;
}

const mostBytes = 4 * 1024 ** 2;
const usualTimeoutMs = 30_000;
const getRetries = 2;

export class ApiClient {
  readonly name: string;
  readonly #options: ApiOptions;
  readonly #clock: Clock;

  /** Does no I/O, and does not fail for want of a key or for a wrong address: requests do. */
  constructor(options: ApiOptions) {
    this.name = options.name;
    this.#options = options;
    this.#clock = options.clock ?? realClock;
  }

  get hasKey(): boolean {
    return this.#options.key !== null;
  }

  /** Throws AuthenticationError without a key that can be sent, InvalidRequestError when the key may not go there. */
  checkSetup(): void {
    const { name, key, key_optional, base_url, variables } = this.#options;
    if (key === null && !key_optional)
      throw new AuthenticationError(`${name} needs an API key: set ${variables.key} where the worker runs.`);
    // Also because fetch would repeat it in its message.
    if (key !== null && !/^[\x21-\x7e]+$/.test(key))
      throw new AuthenticationError(`The key in ${variables.key} has characters that no key has.`);
    if (!isServiceAddress(base_url))
      throw new InvalidRequestError(
        `${variables.base_url} must be an https:// address: the key is sent there.`,
      );
  }

  /**
   * A GET, tried again a few times while the service cannot be reached or is broken. Throws as `send` does. A poll uses
   * `send`: it looks again anyway.
   */
  get<Schema extends z.ZodType>(path: string, asking: Asking<Schema>): Promise<z.output<Schema>> {
    return pRetry(() => this.send('GET', path, asking), {
      retries: getRetries,
      minTimeout: this.#options.retryMs ?? 500,
      randomize: true,
      signal: asking.signal,
      shouldRetry: ({ error }) => error instanceof ProviderUnavailableError,
    });
  }

  /**
   * One request, sent once. Throws the signal's reason; AnswerLostError where the service may have acted all the same (no
   * answer in time, a connection that broke, a gateway's error, an answer that cannot be read); any other GenerationError
   * where it certainly has not.
   */
  async send<Schema extends z.ZodType>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    asking: Asking<Schema>,
  ): Promise<z.output<Schema>> {
    this.checkSetup();
    const { signal, timeoutMs = usualTimeoutMs } = asking;
    signal.throwIfAborted();
    const deadline = AbortSignal.timeout(timeoutMs);
    const response = await this.#fetch(method, path, asking, deadline);
    const text = await readText(response);
    signal.throwIfAborted();
    if (!response.ok) throw this.#errorOf(response, text);
    return this.#read(text, asking.answer);
  }

  /** An answer as it may be stored: without the key and without whatever is named like a secret. */
  scrub(answer: unknown): unknown {
    return withoutSecrets(answer, this.#options.key);
  }

  /** An address that the service names for an upload. Throws InvalidRequestError unless it is https or its own host. */
  checkUpload(text: string): URL {
    const own = new URL(this.#options.base_url).host;
    const url = URL.canParse(text) ? new URL(text) : null;
    if (url && (url.protocol === 'https:' || url.host === own)) return url;
    throw new InvalidRequestError(`${this.name} named an address for uploads that is no https:// address.`);
  }

  async #fetch(
    method: string,
    path: string,
    { signal, body, timeoutMs }: Asking<z.ZodType>,
    deadline: AbortSignal,
  ): Promise<Response> {
    const { base_url } = this.#options;
    try {
      return await fetch(base_url.replace(/\/+$/, '') + path, {
        method,
        headers: this.#headers(body),
        redirect: 'manual',
        signal: AbortSignal.any([signal, deadline]),
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    } catch (error) {
      signal.throwIfAborted();
      if (deadline.aborted)
        throw new AnswerLostError(`${this.name} did not answer within ${timeoutMs ?? usualTimeoutMs} ms.`);
      throw this.#unanswered(error);
    }
  }

  #headers(body: unknown): Record<string, string> {
    const { key, authorize = bearer } = this.#options;
    return {
      accept: 'application/json',
      // A kept connection that the service closes just as a job is sent would leave it uncertain whether it arrived.
      connection: 'close',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== null && authorize(key)),
    };
  }

  #unanswered(error: unknown): GenerationError {
    const code = codeOf(error);
    const why = code === null ? '.' : ` (${code}).`;
    if (neverConnected(error))
      return new ProviderUnavailableError(`${this.name} cannot be reached${why}`, { cause: error });
    return new AnswerLostError(`The connection to ${this.name} broke${why}`, { cause: error });
  }

  #errorOf({ status, headers }: Response, text: string | null): GenerationError {
    const { errorText, explain, key } = this.#options;
    const body = parseJson(text ?? '');
    const words = body === undefined ? null : errorText(body);
    const said = words === null ? null : shown(words, key);
    const refusal = { status, said, body, retry_after: headers.get('retry-after') };
    return explain?.(refusal) ?? errorOf(refusal, this.#options, this.#clock.now());
  }

  #read<Schema extends z.ZodType>(text: string | null, schema: Schema): z.output<Schema> {
    if (text === null)
      throw new AnswerLostError(`An answer of ${this.name} broke off, or is larger than ${mostBytes} bytes.`);
    const body = parseJson(text);
    if (body === undefined && text !== '')
      throw new AnswerLostError(`${this.name} gave an answer that is not JSON.`);
    const { success, data, error } = schema.safeParse(body);
    if (success) return data;
    const fields = error.issues.map(({ path }) => path.join('.') || '(whole)').join(', ');
    throw new AnswerLostError(`${this.name} gave an answer of an unknown form, at: ${shown(fields, null)}.`);
  }
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });

/** The value, or undefined for what is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The whole body, or null when it breaks off or is too large. */
async function readText({ body }: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body ?? []) {
      size += chunk.length;
      // Leaving the loop cancels the rest.
      if (size > mostBytes) return null;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
  } catch {
    return null;
  }
}
