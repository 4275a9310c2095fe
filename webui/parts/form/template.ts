// A form that starts from an earlier task: which one stands in the address, so that a refresh keeps it.
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import type { Actor, JsonObject } from '../../../client/index.ts';
import { taskQuery } from '../../api/queries.ts';
import { valueAt } from './pointer.ts';

export type Template = {
  isPending: boolean;
  /** The actor of the earlier task; null where there is none. */
  actor: string | null;
  /** Changes exactly when the form must start over; empty where nothing was named to start from. */
  key: string;
  payloadFor: (actor: Actor) => JsonObject;
};

/** The address of a form that starts from an earlier task, from a stored picture, or from the picture with the task's words. */
export function templateHref(start: { from?: string | null; kind?: string; source?: string }): string {
  const said = Object.entries(start).filter((pair): pair is [string, string] => pair[1] != null);
  return `/?${new URLSearchParams(said)}`;
}

/** Reads `?from=` (a task), and `kind` and `source`, by which a finished picture becomes the start of another. */
export function useTemplate(): Template {
  const [search] = useSearchParams();
  const from = search.get('from');
  const { data: task, isLoading } = useQuery({ ...taskQuery(from ?? ''), enabled: from !== null });
  const [kind, source] = [search.get('kind'), search.get('source')];
  return {
    isPending: isLoading,
    actor: task?.actor ?? (source ? 'media' : null),
    key: [task?.task_id, kind, source].filter(Boolean).join(' '),
    payloadFor(actor) {
      const earlier = task?.actor === actor.name ? task.payload : {};
      const isMedia = actor.name === 'media';
      return isMedia && kind && source ? startingFrom(earlier, kind, source) : earlier;
    },
  };
}

/** Of the earlier picture only its words are kept: its size and its settings were those of another kind. */
function startingFrom(payload: JsonObject, action_type: string, source_image: string): JsonObject {
  const prompt = valueAt(payload, '/params/prompt');
  return { ...payload, action_type, params: { ...(prompt === undefined ? {} : { prompt }), source_image } };
}
