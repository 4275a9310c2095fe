// The actor of simulated workers: does what its task's plan says of the attempt, and is seen by the audit while it does.
import { isTerminal } from '../../queue/index.ts';
import { pause } from '../../queue/pace/time.ts';
import { type ActorContext, type AnyActor, defineActor } from '../../worker/actors/actor.ts';
import { CooldownError, PermanentError } from '../../worker/actors/errors.ts';
import type { Audit } from './audit.ts';
import type { Deed, PlannedTask } from './plan.ts';
import type { MemoryStore } from './store.ts';
import type { Host, World } from './world.ts';

export interface Stage {
  world: World;
  store: MemoryStore;
  audit: Audit;
  /** The plans of tasks, by id. */
  plans: Map<string, PlannedTask>;
  calmFrom: number;
}

const calm: Deed = { kind: 'works', ms: 20, saves: false, tells: false };

export function newActor(stage: Stage, host: Host): AnyActor {
  return defineActor({
    name: 'work',
    timeouts: { soft_ms: 8_000, hard_ms: 9_000 },
    retry: { base_ms: 200, max_ms: 1_000 },
    async execute(_, context) {
      const { world, plans, calmFrom, audit } = stage;
      const { lane, deeds } = plans.get(context.task_id)!;
      const planned = deeds[context.attempt - 1] ?? calm;
      const deed = world.now >= calmFrom && planned.kind !== 'outlasts' ? calm : planned;
      if (deed.kind === 'deaf' || deed.kind === 'stubborn') return perform(deed, context, host, stage);
      const close = audit.begin(lane, host);
      // An obedient actor breaks its call off when it is told to.
      context.signal.addEventListener('abort', close);
      return perform(deed, context, host, stage).finally(close);
    },
  });
}

async function perform(deed: Deed, context: ActorContext, host: Host, stage: Stage): Promise<unknown> {
  const { signal, attempt } = context;
  if (deed.tells) await context.progress(1, `attempt ${attempt}`, 0.5);
  if (deed.saves) await context.checkpoint({ attempt });
  if (deed.kind === 'deaf') return new Promise(() => {});
  while (deed.kind === 'outlasts' && !signal.aborted && othersLive(stage, context.task_id))
    await pause(host, deed.ms, signal);
  await pause(host, deed.ms, deed.kind === 'stubborn' ? undefined : signal);
  if (deed.kind !== 'stubborn') signal.throwIfAborted();
  if (deed.kind === 'throws') throw new Error('no luck');
  if (deed.kind === 'gives up') throw new PermanentError('never');
  const until = new Date(stage.store.now().getTime() + 300);
  if (deed.kind === 'rests') throw new CooldownError('rest', { until });
  return { attempt };
}

function othersLive({ store }: Stage, task_id: string): boolean {
  return [...store.tasks.values()].some(({ _id, status }) => _id !== task_id && !isTerminal(status));
}
