// A module for CALLSHEET_ACTORS that lets a worker process be killed at an exact step of a media task: where its `source_data`
// says so, an attempt tells of the step and then stands still. Waits of providers pass quicker.
import { AsyncLocalStorage } from 'node:async_hooks';
import { LeonardoProvider } from '../../providers/media/leonardo/leonardo.ts';
import { realClock } from '../../providers/media/remote/clock.ts';
import type { ActorContext } from '../../worker/actors/actor.ts';
import { MediaActor } from '../../worker/actors/media.ts';

/** In the order in which an attempt comes to them; what happens outside is stopped at the gate. */
export type Step =
  | 'claimed'
  | 'recorded'
  | 'submitting'
  | 'answered'
  | 'known'
  | 'made'
  | 'stored'
  | 'completed';

type Reach = (step: Step) => Promise<void>;

const reaching = new AsyncLocalStorage<Reach>();
const reach: Reach = step => reaching.getStore()?.(step) ?? Promise.resolve();

function reachFor({ task_id }: ActorContext, source_data: unknown): Reach {
  const wanted = source_data as { stop_at?: Step } | null;
  return async step => {
    if (wanted?.stop_at !== step) return;
    console.log(JSON.stringify({ stopped_at: step, task_id }));
    await new Promise(() => {});
  };
}

// oxlint-disable-next-line typescript/unbound-method -- called with the `this` of each call
const { execute } = MediaActor.prototype;
MediaActor.prototype.execute = function stopping(payload, context) {
  const own = reachFor(context, payload.source_data);
  return reaching.run(own, async () => {
    await reach('claimed');
    const outcome = await execute.call(this, payload, watched(context));
    await reach('completed');
    return outcome;
  });
};

function watched(context: ActorContext): ActorContext {
  return {
    ...context,
    async checkpoint(state) {
      const step = stepOf(state);
      if (step === 'answered') await reach(step);
      await context.checkpoint(state);
      await reach(step === 'answered' ? 'known' : 'submitting');
    },
    async progress(...said) {
      await context.progress(...said);
      if (said[1].startsWith('Stored ')) await reach('stored');
    },
  };
}

const stepOf = (state: unknown): Step =>
  typeof state === 'object' && state !== null && 'external_id' in state ? 'answered' : 'submitting';

for (const action of ['txt2img', 'img2img'] as const) {
  // oxlint-disable-next-line typescript/unbound-method -- called with the `this` of each call
  const make = LeonardoProvider.prototype[action];
  LeonardoProvider.prototype[action] = async function stopping(request) {
    await reach('recorded');
    const result = await make.call(this, request);
    await reach('made');
    return result;
  };
}

const timesQuicker = 20;
// oxlint-disable-next-line typescript/unbound-method -- it has no `this`
const { wait } = realClock;
realClock.wait = (ms, signal) => wait(ms / timesQuicker, signal);

/** Being loaded is all: nothing is registered. */
export function registerProviders(): void {}
