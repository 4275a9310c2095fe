// The providers that come with Callsheet, and how many tasks each may run at once.
import { LeonardoProvider } from './leonardo/leonardo.ts';
import { MediaProviderRegistry } from './registry.ts';
import { StudioProvider } from './studio/studio.ts';

/** What the providers need to know, by the names of the variables it comes from. */
interface ProviderSettings {
  /** Without it every task of `leonardo` fails for good and says so. */
  LEONARDO_API_KEY?: string | undefined;
  LEONARDO_BASE_URL?: string | undefined;
}

/** A new registry of the providers that come with Callsheet. The first one is offered first: it works without a key. */
export function defaultProviders(settings: ProviderSettings = {}): MediaProviderRegistry {
  const registry = new MediaProviderRegistry();
  registry.register('studio', () => new StudioProvider(), { concurrency: 2 });
  registerLeonardo(registry, settings);
  return registry;
}

function registerLeonardo(registry: MediaProviderRegistry, settings: ProviderSettings): void {
  const options = { api_key: settings.LEONARDO_API_KEY, base_url: settings.LEONARDO_BASE_URL };
  registry.register('leonardo', () => new LeonardoProvider(options), {
    concurrency: 3,
    hosts: ['cdn.leonardo.ai'],
  });
}
