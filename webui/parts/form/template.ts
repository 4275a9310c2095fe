// A form that starts from an earlier task: which one stands in the address, so that a refresh keeps it.
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'wouter';
import type { Actor } from '../../api/actor.ts';
import { taskQuery } from '../../api/queries.ts';
import type { JsonObject } from '../../api/task.ts';
import { editPayload } from './payload.ts';
import { withValueAt } from './pointer.ts';
import { readSchema } from './schema.ts';

export type Template = {
  isPending: boolean;
  /** The actor of the earlier task; null where there is none. */
  actor: string | null;
  /** Changes exactly when the form must start over. */
  key: string;
  payloadFor: (actor: Actor) => JsonObject;
};

/** Reads `?from=` (a task), and `kind` and `source`, by which a finished picture becomes the start of another. */
export function useTemplate(): Template {
  const [search] = useSearchParams();
  const from = search.get('from');
  const { data: task, isLoading } = useQuery({ ...taskQuery(from ?? ''), enabled: from !== null });
  const [kind, source] = [search.get('kind'), search.get('source')];
  return {
    isPending: isLoading,
    actor: task?.actor ?? null,
    key: [task?.task_id, kind, source].join(' '),
    payloadFor(actor) {
      if (!task || task.actor !== actor.name) return {};
      return kind && source ? startingFrom(actor, task.payload, kind, source) : task.payload;
    },
  };
}

function startingFrom(actor: Actor, payload: JsonObject, kind: string, source: string): JsonObject {
  const other = editPayload(readSchema(actor.input), payload, '/action_type', kind);
  return withValueAt(other, '/params/source_image', source);
}
