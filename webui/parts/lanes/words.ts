// What the page says about lanes. Pure.
import type { Lane, LanePatch } from '../../../client/index.ts';

/** Makes a change, and says it in words once it is made. */
export type Change = (patch: LanePatch, said: string) => void;

const PARTS = /#all$/;

/** The name of a lane as people read it: of an actor without a limit, the actor's. */
export const laneName = ({ key }: Pick<Lane, 'key'>): string => key.replace(PARTS, '');

/** Whether a limit could count here. */
export const hasLimit = ({ key }: Pick<Lane, 'key'>): boolean => !PARTS.test(key);

/** `3 of 5 running`, or without a limit `3 running`. */
export function runningWords({ running, limit }: Pick<Lane, 'running' | 'limit'>): string {
  return limit === null ? `${running} running` : `${running} of ${limit} running`;
}

const MOST_COUNTED = 10_000;

export function queuedWords({ queued }: Pick<Lane, 'queued'>): string {
  if (queued === 0) return 'nothing waits';
  return queued >= MOST_COUNTED ? 'more than 10,000 wait' : `${queued} ${queued === 1 ? 'waits' : 'wait'}`;
}

export function limitWords(limit: number | null): string {
  return limit === null ? 'no limit' : `at most ${limit} at once`;
}

/** What a limit that somebody typed is to be, or why it cannot be one. */
export function readLimit(text: string): { limit: number } | { problem: string } {
  const limit = Number(text);
  if (/^\d{1,5}$/.test(text.trim()) && limit >= 1 && limit <= 10_000) return { limit };
  return { problem: 'A whole number from 1 to 10,000.' };
}
