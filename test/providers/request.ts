// Requests to providers, as the worker would make them.
import type { GenerationRequest, SourceImage, Submission } from '../../providers/index.ts';

export interface Said {
  elapsed_ms: number;
  message: string;
  fraction: number | undefined;
}

/** A request, everything that is said about its progress, and what it keeps. `duration_ms` is 0 unless it is given. */
export function requestFor(
  prompt: string,
  params: Record<string, unknown> = {},
  rest: Partial<GenerationRequest> = {},
): GenerationRequest & { said: Said[]; states: (Submission | null)[] } {
  const said: Said[] = [];
  const states: (Submission | null)[] = [];
  return {
    prompt,
    params: { duration_ms: 0, ...params },
    source_image: null,
    prompt_id: null,
    signal: new AbortController().signal,
    progress: (elapsed_ms, message, fraction) => said.push({ elapsed_ms, message, fraction }),
    resume: null,
    checkpoint: async state => void states.push(state),
    ...rest,
    said,
    states,
  };
}

/** Bytes as a source picture. */
export const sourceOf = (bytes: Uint8Array): SourceImage => ({
  bytes,
  content_type: 'image/png',
  extension: 'png',
});
