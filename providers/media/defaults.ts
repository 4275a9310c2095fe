// The providers that come with Callsheet, and how many tasks each may run at once.
import { MediaProviderRegistry } from './registry.ts';
import { StudioProvider } from './studio/studio.ts';

/** A new registry of the providers that come with Callsheet. */
export function defaultProviders(): MediaProviderRegistry {
  const registry = new MediaProviderRegistry();
  registry.register('studio', () => new StudioProvider(), { concurrency: 2 });
  return registry;
}
