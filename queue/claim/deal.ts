// Which of several workers that one round claims for gets which of its picks; pure.
import type { Pick } from './choose.ts';

/** A worker that is claimed for. */
export interface Taker {
  worker_id: string;
  /** It is given no more than this. */
  room: number;
}

/** A pick with whose it will be, under which claim. */
export interface Dealt extends Pick {
  worker_id: string;
  claim: string;
}

/**
 * Gives each pick, best first, to the worker that has got the least for its room: few are divided by the room that each has. Of
 * equals the first one comes first. `token` names the round. Nobody gets more than it has room for while there is room for all.
 */
export function dealPicks(picks: readonly Pick[], takers: readonly Taker[], token: string): Dealt[] {
  const hands = takers.map(({ worker_id, room }) => ({
    worker_id,
    claim: `${worker_id}.${token}`,
    room,
    given: 0,
  }));
  return picks.map(pick => {
    let next = hands[0]!;
    for (const hand of hands) if (dueTo(hand) > dueTo(next)) next = hand;
    next.given += 1;
    return { ...pick, worker_id: next.worker_id, claim: next.claim };
  });
}

// Sainte-Laguë: nearest to exact shares, and whoever is full comes behind everybody who is not.
const dueTo = ({ room, given }: { room: number; given: number }): number => room / (2 * given + 1);
