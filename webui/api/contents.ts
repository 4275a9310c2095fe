// The calls this page makes about what was made and uploaded: stored pictures and the generations they came from.
import { BASE } from './base.ts';
import { requestJson } from './http.ts';
import { type Page, pageQuery } from './page.ts';
import type { JsonObject, JsonValue } from './task.ts';

export type Content = {
  content_id: string;
  /** Null for a picture that somebody uploaded. */
  metadata_id: string | null;
  workflow_run_id: string;
  content_type: string;
  extension: string;
  /** Bytes. */
  size: number;
  /** Pixels; null where they are not known. */
  width: number | null;
  height: number | null;
  created_at: string;
};

export type Generation = {
  metadata_id: string;
  workflow_run_id: string;
  provider: string;
  /** `txt2img`, `img2img` or `img2vid`. */
  operation: string;
  request_params: JsonObject;
  response_data: JsonValue;
  cost: { amount: number; unit: string } | null;
  task_id: string | null;
  contents: Content[];
  created_at: string;
  completed_at: string | null;
};

const GALLERY_PAGE = 24;

/** Reads a page of what was made, newest first. */
export function listGenerations(cursor: string | null, signal: AbortSignal): Promise<Page<Generation>> {
  const query = pageQuery({ status: 'completed', cursor }, GALLERY_PAGE);
  return requestJson<Page<Generation>>(`/api/v1/generations?${query}`, { signal });
}

/** Reads one generation; Problem 404 when there is none. */
export function getGeneration(metadataId: string, signal: AbortSignal): Promise<Generation> {
  return requestJson<Generation>(`/api/v1/generations/${encodeURIComponent(metadataId)}`, { signal });
}

/** Reads the record of a stored picture; Problem 404 when there is none. */
export function getContent(contentId: string, signal: AbortSignal): Promise<Content> {
  return requestJson<Content>(`/api/v1/contents/${encodeURIComponent(contentId)}`, { signal });
}

/** Where the bytes of a stored picture are. */
export function urlOf({ workflow_run_id, content_id, extension }: Content): string {
  return `${BASE}/workflow/${encodeURIComponent(workflow_run_id)}/media/${content_id}.${extension}`;
}

/** The small picture of what is stored at the address. */
export function thumbnailOf(url: string): string {
  return `${url}?thumbnail=1`;
}

/** Tells an id of something stored from any other text. */
export function isContentId(text: string): boolean {
  return /^gc_[\w-]+$/.test(text);
}
