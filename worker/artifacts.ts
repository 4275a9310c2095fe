// What an attempt's `artifacts` does besides storing: what may be stored, how much, and under whose claim.
import { z } from 'zod';
import {
  ArtifactRefused,
  type Content,
  keyedArtifactId,
  newArtifactId,
  saveArtifact,
} from '../content/index.ts';
import { findUnstorable } from '../queue/index.ts';
import type { Time } from '../queue/pace/time.ts';
import type { ActorContext } from './actors/actor.ts';
import { PermanentError } from './actors/errors.ts';
import type { Attempt } from './attempt.ts';
import { whileHeld } from './while-held.ts';

/** What was saved is no artifact: running the actor again would not help. */
class InvalidArtifact extends PermanentError {
  override name = 'InvalidArtifact';
}

const maxBytes = 4 * 1024 ** 2;
const maxArtifacts = 10_000;

const storable = z.unknown().superRefine((value, context) => {
  const problem = findUnstorable(value);
  if (problem) context.addIssue({ code: 'custom', message: `${problem.pointer} ${problem.detail}`.trim() });
});

const inputSchema = z.strictObject({
  data: storable,
  metadata: storable
    .refine(value => typeof value === 'object' && !Array.isArray(value), 'must be an object')
    .default(null),
  parent_id: z.string().nullable().default(null),
  key: z.string().min(1).max(255).optional(),
});

function checkArtifact(artifact: unknown): z.output<typeof inputSchema> {
  const checked = inputSchema.safeParse(artifact);
  if (!checked.success) {
    const [{ path, message }] = checked.error.issues as [z.core.$ZodIssue];
    throw new InvalidArtifact(`The artifact${path.length > 0 ? `'s ${path.join('.')}` : ''} ${message}.`);
  }
  const { data, metadata } = checked.data;
  const bytes = Buffer.byteLength(JSON.stringify({ data, metadata }));
  if (bytes > maxBytes)
    throw new InvalidArtifact(`The artifact is ${bytes} bytes of JSON; at most ${maxBytes} are stored.`);
  return checked.data;
}

export interface ArtifactParts {
  readonly content: Content;
  time: Time;
  /** What the actor calls its levels. */
  labels: () => readonly string[];
}

export function newArtifacts(parts: ArtifactParts, attempt: Attempt): ActorContext['artifacts'] {
  let saved = 0;
  return {
    async save(artifact) {
      const { data, metadata, parent_id, key } = checkArtifact(artifact);
      if (++saved > maxArtifacts)
        throw new InvalidArtifact(`One attempt may save ${maxArtifacts} artifacts at most.`);
      const { _id: task_id, created_at } = attempt.task;
      const artifact_id = key === undefined ? newArtifactId() : keyedArtifactId(task_id, created_at, key);
      const about = { artifact_id, task_id, parent_id, data, metadata, labels: parts.labels() };
      await whileHeld(attempt, parts.time, () => save(parts.content, about));
      return { artifact_id };
    },
  };
}

async function save(content: Content, artifact: Parameters<typeof saveArtifact>[1]): Promise<void> {
  try {
    await saveArtifact(content, artifact);
  } catch (error) {
    throw error instanceof ArtifactRefused ? new InvalidArtifact(error.message) : error;
  }
}
