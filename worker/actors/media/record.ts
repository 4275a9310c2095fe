// What a generation record keeps of params and answers: enough to know how a picture was made, never the pictures. Pure.
import { BSON } from 'mongodb';

const mostBytes = 1024 ** 2;

/** The params as they were asked for; a picture in a data URL is replaced by its beginning and its size. */
export function recordedParams(params: Record<string, unknown>): Record<string, unknown> {
  const { source_image } = params;
  if (typeof source_image !== 'string' || !source_image.startsWith('data:')) return params;
  return { ...params, source_image: `${source_image.slice(0, 40)}… (${source_image.length} characters)` };
}

/** A provider's answer, or a note in its place when it is more than a record should hold. */
export function boundedAnswer(answer: unknown): unknown {
  const size = BSON.calculateObjectSize({ answer });
  return size <= mostBytes ? answer : { omitted: `an answer of ${size} bytes` };
}
