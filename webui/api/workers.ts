// The calls this page makes about the workers that are alive.
import { requestJson } from './http.ts';
import { type Page, pageQuery } from './page.ts';

export type Worker = {
  worker_id: string;
  host: string;
  pid: number;
  version: string;
  actors: string[];
  capacity: number;
  running: number;
  /** It has been told to stop and takes nothing more. */
  draining: boolean;
  started_at: string;
  heartbeat_at: string;
};

const MOST = 200;

/** Reads the workers that gave a sign of life lately, at most 200. */
export async function listWorkers(signal: AbortSignal): Promise<Worker[]> {
  return (await requestJson<Page<Worker>>(`/api/v1/workers?${pageQuery({}, MOST)}`, { signal })).items;
}
