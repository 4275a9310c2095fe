// Leonardo and the stand-in that it talks to, for the tests of this folder.
import { LeonardoProvider } from '../../providers/media/leonardo/leonardo.ts';
import { LeonardoStandIn } from './standins/leonardo.ts';
import { quickClock } from './standins/stage.ts';

/** How many jobs may run at once. */
export const limit = 3;

/** The paid requests. */
export const submits = /^POST .*\/generations/;

/** Both, with one clock whose waits pass at once; closed after the test, which fails when more ran than the limit. */
export async function openLeonardo(options: { api_key?: string } = {}) {
  const service = new LeonardoStandIn();
  await service.open(limit);
  const clock = quickClock();
  service.now = () => clock.now();
  const own = { api_key: service.key, base_url: service.base, clock, retryMs: 1 };
  return { service, leonardo: new LeonardoProvider({ ...own, ...options }), clock };
}
