// The interactions of a workflow run: any object somebody put there, which a sub-action must name.
import type { Document } from 'mongodb';
import type { Content } from './content.ts';

export interface StoredInteraction {
  /** Both ids, in this order: the same interaction id may exist in every run. */
  _id: { workflow_run_id: string; interaction_id: string };
  /** The caller's object, as it came. */
  body: Document;
  created_at: Date;
  updated_at: Date;
}

export interface Interaction {
  workflow_run_id: string;
  interaction_id: string;
  body: Document;
  created_at: Date;
  updated_at: Date;
}

/** Stores an object as the interaction of a run; one that is there is replaced whole. */
export async function putInteraction(
  content: Content,
  workflow_run_id: string,
  interaction_id: string,
  body: Document,
): Promise<'created' | 'replaced'> {
  const { upsertedCount } = await content.interactions.updateOne(
    { _id: { workflow_run_id, interaction_id } },
    [
      {
        $set: {
          // Literal: a `$`-key in the caller's object is a name, not an operator.
          body: { $literal: body },
          created_at: { $ifNull: ['$created_at', '$$NOW'] },
          updated_at: '$$NOW',
        },
      },
    ],
    { upsert: true },
  );
  return upsertedCount > 0 ? 'created' : 'replaced';
}

/** An interaction of a run, or null. */
export async function getInteraction(
  content: Content,
  workflow_run_id: string,
  interaction_id: string,
): Promise<Interaction | null> {
  const found = await content.interactions.findOne({ _id: { workflow_run_id, interaction_id } });
  if (!found) return null;
  const { _id, ...rest } = found;
  return { ..._id, ...rest };
}
