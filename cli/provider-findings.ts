// Whether the outside services work for us: those that are set up are asked, each with its own cheapest question.
import { defaultProviders, type MediaProviderRegistry } from '../providers/index.ts';
import { type Finding, wrong } from './finding.ts';
import { readUpSettings } from './settings.ts';

const patienceMs = 10_000;

/** One finding for each service that has a key; none when the environment cannot be read. */
export async function checkProviders(environment: NodeJS.ProcessEnv): Promise<Finding[]> {
  const registry = openRegistry(environment);
  const findings = registry.list().map(name => checkProvider(name, registry));
  return (await Promise.all(findings)).flat();
}

/** Empty where the settings are wrong, which is a finding of its own. */
function openRegistry(environment: NodeJS.ProcessEnv): MediaProviderRegistry {
  try {
    return defaultProviders(readUpSettings(environment).worker);
  } catch {
    return defaultProviders();
  }
}

async function checkProvider(name: string, registry: MediaProviderRegistry): Promise<Finding[]> {
  const signal = AbortSignal.timeout(patienceMs);
  try {
    const found = await registry.get(name).checkAccount?.(registry.getConcurrency(name), signal);
    return found ? [{ check: name, ...found }] : [];
  } catch (error) {
    if (!signal.aborted) throw error;
    return [wrong(name, `did not answer within ${patienceMs} ms`, 'Look at the status page of the service.')];
  }
}
