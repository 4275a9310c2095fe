// Payloads, checked by their actor's schema before it runs.
import type { Json } from '../../queue/index.ts';
import type { ActorSchema, SchemaIssue, StandardSchema } from './actor.ts';
import { PermanentError } from './errors.ts';

/** The payload does not fit the actor's schema: no retry can help. */
class InvalidPayload extends PermanentError {
  override name = 'InvalidPayload';
  readonly problems: readonly { pointer: string; detail: string }[];
  constructor(problems: readonly { pointer: string; detail: string }[]) {
    super(problems.map(({ pointer, detail }) => `${pointer || '(root)'}: ${detail}`).join('; '));
    this.problems = problems;
  }
}

export function isStandard(schema: ActorSchema): schema is StandardSchema {
  return '~standard' in schema && schema['~standard'] !== undefined;
}

/** The payload as the schema parses it; as it is for JSON Schemas, which the door has checked. Throws InvalidPayload. */
export async function parsePayload(schema: ActorSchema | undefined, payload: Json): Promise<unknown> {
  if (!schema || !isStandard(schema)) return payload;
  const result = await schema['~standard'].validate(payload);
  if (!result.issues) return result.value;
  throw new InvalidPayload(
    result.issues.map(issue => ({ pointer: pointerOf(issue), detail: issue.message })),
  );
}

function pointerOf({ path = [] }: SchemaIssue): string {
  const keys = path.map(part => String(typeof part === 'object' ? part.key : part));
  return keys.map(key => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
