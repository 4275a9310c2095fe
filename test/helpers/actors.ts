// Actors as a worker would publish them, for tests without one.
import { type ActorDescription, type ConcurrencyRule, defaultRetry } from '../../queue/index.ts';

export function describeActor(name: string, concurrency: ConcurrencyRule | null = null): ActorDescription {
  return {
    name,
    description: '',
    tags: [],
    input: null,
    output: null,
    concurrency,
    timeouts: { soft_ms: 240_000, hard_ms: 300_000 },
    retry: defaultRetry,
    category: null,
  };
}
