// The calls this page makes about the workers that are alive.
import { requestJson } from './http.ts';
import { type Page, pageQuery } from './page.ts';

export type Worker = {
  worker_id: string;
  host: string;
  /** Null of a worker outside, as its version. */
  pid: number | null;
  version: string | null;
  actors: string[];
  capacity: number;
  running: number;
  /** It has been told to stop and takes nothing more; one outside has no stream open. */
  draining: boolean;
  /** It joined over HTTP, under the name in `host`. */
  remote: boolean;
  started_at: string;
  heartbeat_at: string;
};

const MOST = 200;

/** Reads the workers that gave a sign of life lately, at most 200. */
export async function listWorkers(signal: AbortSignal): Promise<Worker[]> {
  return (await requestJson<Page<Worker>>(`/api/v1/workers?${pageQuery({}, MOST)}`, { signal })).items;
}
