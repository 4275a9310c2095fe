// The media actor without a worker around it: contexts that remember what was said to them, and what it left in the store.
import { pino } from 'pino';
import type { Content } from '../../content/index.ts';
import { defaultProviders, type MediaProvider, type MediaProviderRegistry } from '../../providers/index.ts';
import type { ActorContext } from '../../worker/actors/actor.ts';
import { MediaActor } from '../../worker/actors/media.ts';

interface Said {
  message: string;
  fraction: number | undefined;
}

/** What the studio draws in a moment. */
export const small = { width: 128, height: 160, duration_ms: 0 };

/** A registry with a provider of one action, called `test`. */
export function withProvider(txt2img: MediaProvider['txt2img'] & object): MediaProviderRegistry {
  const registry = defaultProviders();
  registry.register('test', () => ({ txt2img }));
  return registry;
}

interface Payload {
  action_type?: string;
  provider?: string;
  params?: object;
  [key: string]: unknown;
}

let tasks = 0;

export function mediaBench(content: Content) {
  /** The context of a new task's first attempt, unless `rest` says otherwise. */
  function contextOf(rest: Partial<ActorContext> = {}): ActorContext & { said: Said[]; states: unknown[] } {
    const said: Said[] = [];
    const states: unknown[] = [];
    return {
      task_id: `tq_${tasks++}`,
      attempt: 1,
      signal: new AbortController().signal,
      progress: async (_elapsed, message, fraction) => void said.push({ message, fraction }),
      log: pino({ level: 'silent' }),
      state: null,
      last_attempt: null,
      checkpoint: async state => void states.push(state),
      content,
      providers: defaultProviders(),
      database: content.db,
      public_url: '',
      artifacts: { save: () => Promise.reject(new Error('not here')) },
      spawn: () => Promise.reject(new Error('Nothing is spawned here.')),
      dependencies: {},
      runShell: () => Promise.reject(new Error('No command is run here.')),
      ...rest,
      said,
      states,
    };
  }

  function run(payload: Payload, context = contextOf(), registry = defaultProviders(), hosts: string[] = []) {
    const actor = new MediaActor(registry, { hosts });
    const params = { prompt: 'Red fox', ...small, ...payload.params };
    return actor.execute(
      actor.input.parse({ provider: 'studio', action_type: 'txt2img', ...payload, params }),
      context,
    );
  }

  const remains = async () => ({
    records: await content.contents.countDocuments(),
    files: await content.db.collection('media.files').countDocuments(),
    chunks: await content.db.collection('media.chunks').countDocuments(),
  });

  /** The generation that a task made last. */
  const latest = ({ task_id }: Pick<ActorContext, 'task_id'>) =>
    content.generations.find({ task_id }).sort({ attempt: -1 }).limit(1).next();

  return { content, contextOf, run, remains, latest };
}

export type MediaBench = ReturnType<typeof mediaBench>;
