// Which media providers there are, and how many tasks each may run at once. Instances only: two registries share nothing.
import { UnknownProvider } from './errors.ts';
import type { MediaProvider } from './provider.ts';

export interface ProviderOptions {
  /** How many tasks may run at once over all workers. */
  concurrency?: number;
  /** Host names (without port) that its results are downloaded from. */
  hosts?: readonly string[];
}

interface Registered {
  factory: () => MediaProvider;
  instance: MediaProvider | null;
  concurrency: number;
  hosts: readonly string[];
}

export class MediaProviderRegistry {
  readonly #providers = new Map<string, Registered>();

  /**
   * Adds a provider under the name that payloads use. `factory` runs once, when the provider is first asked for, and must
   * not do I/O or fail for want of a key: a missing key is an error of the task that needs it.
   */
  register(name: string, factory: () => MediaProvider, options: ProviderOptions = {}): void {
    const { concurrency = 1, hosts = [] } = options;
    if (!/^[a-zA-Z0-9_-]+$/.test(name))
      throw new TypeError(`"${name}" cannot name a provider: use letters, digits, _ and -.`);
    if (this.#providers.has(name)) throw new TypeError(`The provider "${name}" is registered twice.`);
    if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 10_000)
      throw new TypeError(`The concurrency of "${name}" must be a whole number from 1 to 10,000.`);
    this.#providers.set(name, { factory, instance: null, concurrency, hosts });
  }

  /** The one instance of a provider. Throws UnknownProvider. */
  get(name: string): MediaProvider {
    const registered = this.#providers.get(name);
    if (!registered) throw new UnknownProvider(name, this.list());
    registered.instance ??= registered.factory();
    return registered.instance;
  }

  /** How many tasks of a provider may run at once; 1 for one that is not known. */
  getConcurrency(name: string): number {
    return this.#providers.get(name)?.concurrency ?? 1;
  }

  /** The names, in the order of their registration. */
  list(): string[] {
    return [...this.#providers.keys()];
  }

  /** All hosts that results may be downloaded from. */
  hosts(): string[] {
    return [...new Set([...this.#providers.values()].flatMap(({ hosts }) => hosts))];
  }
}
