// The providers that come with Callsheet, and how many tasks each may run at once.
import { FalProvider, falHosts } from './fal/fal.ts';
import { LeonardoProvider } from './leonardo/leonardo.ts';
import { MidjourneyProvider, midjourneyHosts } from './midjourney/midjourney.ts';
import { MediaProviderRegistry } from './registry.ts';
import { StudioProvider } from './studio/studio.ts';

/** What the providers need to know, by the names of the variables it comes from. */
interface ProviderSettings {
  /** Without it every task of `leonardo` fails for good and says so. */
  LEONARDO_API_KEY?: string | undefined;
  LEONARDO_BASE_URL?: string | undefined;
  MIDJOURNEY_API_KEY?: string | undefined;
  /** Without it there is no `midjourney`: it has no address of its own. */
  MIDJOURNEY_BASE_URL?: string | undefined;
  /** Without it there is no `fal`. */
  FAL_KEY?: string | undefined;
  FAL_BASE_URL?: string | undefined;
}

/** A new registry of the providers that come with Callsheet. The first one is offered first: it works without a key. */
export function defaultProviders(settings: ProviderSettings = {}): MediaProviderRegistry {
  const registry = new MediaProviderRegistry();
  registry.register('studio', () => new StudioProvider(), { concurrency: 2 });
  registerLeonardo(registry, settings);
  registerMidjourney(registry, settings);
  registerFal(registry, settings);
  return registry;
}

function registerLeonardo(registry: MediaProviderRegistry, settings: ProviderSettings): void {
  const options = { api_key: settings.LEONARDO_API_KEY, base_url: settings.LEONARDO_BASE_URL };
  registry.register('leonardo', () => new LeonardoProvider(options), {
    concurrency: 3,
    hosts: ['cdn.leonardo.ai'],
  });
}

function registerMidjourney(registry: MediaProviderRegistry, settings: ProviderSettings): void {
  const { MIDJOURNEY_BASE_URL: base_url, MIDJOURNEY_API_KEY: key = null } = settings;
  if (base_url === undefined) return;
  registry.register('midjourney', () => new MidjourneyProvider({ key, base_url }), {
    concurrency: 1,
    hosts: midjourneyHosts,
  });
}

function registerFal(registry: MediaProviderRegistry, settings: ProviderSettings): void {
  const { FAL_KEY: key, FAL_BASE_URL: base_url } = settings;
  if (key === undefined) return;
  registry.register('fal', () => new FalProvider({ key, base_url }), { concurrency: 10, hosts: falHosts });
}
