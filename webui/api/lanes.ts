// The calls this page makes about lanes: what waits and runs under each key, and changing it.
import { patchJson, requestJson } from './http.ts';
import { type Page, pageQuery } from './page.ts';

export type Lane = {
  /** What a limit counts, or `<actor>#all` for an actor without one. */
  key: string;
  limit: number | null;
  /** What the code says. */
  default_limit: number | null;
  /** The limit was set by hand and holds whatever the code says. */
  limit_set: boolean;
  paused: boolean;
  cooldown_until: string | null;
  queued: number;
  running: number;
  next: { task_id: string; ready_at: string } | null;
};

export type LanePatch = {
  limit?: number | null | 'default';
  paused?: boolean;
  cooldown_until?: string | null;
};

const PATH = '/api/v1/lanes';

/** Reads a page of lanes, by name. */
export function listLanes(cursor: string | null, signal: AbortSignal): Promise<Page<Lane>> {
  return requestJson<Page<Lane>>(`${PATH}?${pageQuery({ cursor })}`, { signal });
}

/** Changes a lane, in force at every worker's next look. Problem 403 when this browser's key may not. */
export function changeLane(key: string, patch: LanePatch): Promise<Lane> {
  return patchJson(`${PATH}/${encodeURIComponent(key)}`, patch);
}
