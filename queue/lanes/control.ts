/*
 * What people do to a lane while it works: another limit, a pause, a rest. All of it is one write per lane document, in
 * force in every worker's next claim round; what makes room wakes idle workers at once.
 *
 * A limit set by hand outlives restarts and what the code says, which is kept beside it (`code_limit`) until it is asked
 * for again. Each claim stores the limit that it used, so history can be judged by the limits of its own time.
 */
import type { Document } from 'mongodb';
import { z } from 'zod';
import { findActor } from '../catalog.ts';
import { InvalidInput } from '../errors.ts';
import { checkInput } from '../parse.ts';
import type { Queue } from '../queue.ts';
import { forgetRecalled } from '../recall.ts';
import { isRouteLane } from '../route.ts';
import { isPartition, keyOf, limitBounds, limitSet, wholeMark } from './lane.ts';
import { findLaneView, type LaneView, lanesNamed } from './list.ts';
import { forgetLane, prepareLanes } from './prepare.ts';

const limitWords = 'must be a whole number from 1 to 10,000, null for no limit, or "default"';

/** The body of `PATCH /api/v1/lanes/:key`. */
export const lanePatchSchema = z
  .strictObject({
    limit: z
      .union([z.int().min(limitBounds.min).max(limitBounds.max), z.null(), z.literal('default')], limitWords)
      .optional()
      .describe('Tasks that may run at once; null: any number; "default": what the code says'),
    paused: z.boolean().optional().describe('Nobody claims from it while true'),
    cooldown_until: z
      .union([z.date(), z.iso.datetime({ offset: true }).transform(text => new Date(text)), z.null()], {
        error: 'must be a date such as 2026-12-31T18:00:00Z, or null',
      })
      .optional()
      .describe('Nobody claims from it before this moment; null ends the rest'),
  })
  .refine(patch => Object.keys(patch).length > 0, 'changes nothing: say limit, paused or cooldown_until');

export type LanePatch = z.input<typeof lanePatchSchema>;

/**
 * Changes a lane by the name that people know it by (`LaneView.key`); resolves it as it is then, null when there is none.
 * Throws InvalidInput, also for a limit of tasks that have no key in common.
 */
export async function changeLane(queue: Queue, key: string, patch: LanePatch): Promise<LaneView | null> {
  const asked = checkInput(lanePatchSchema, patch);
  const lanes = await lanesOf(queue, key);
  if (lanes.length === 0) return null;
  const limited = !isPartition(lanes[0]!);
  if (!limited && typeof asked.limit === 'number')
    throw new InvalidInput([
      {
        pointer: '/limit',
        detail: `cannot be set here: tasks in ${keyOf(key)} have no key that a limit could count`,
      },
    ]);
  const change = [{ $set: { ...(limited && newLimit(asked.limit)), ...newRest(asked), ...awake } }];
  await queue.lanes.updateMany({ _id: { $in: lanes } }, change);
  forgetRecalled(queue);
  return findLaneView(queue, keyOf(key));
}

/** The lane documents behind a name; none when nobody knows it. Those of an actor without a limit are made where they are missing. */
async function lanesOf(queue: Queue, key: string): Promise<string[]> {
  if (isRouteLane(key)) return [];
  const names = lanesNamed(key);
  const known = await queue.lanes.findOne({ _id: { $in: names } }, { projection: { _id: 1 } });
  if (!isPartition(key)) return known ? names : [];
  const actor = keyOf(key).slice(0, -wholeMark.length);
  const free = known ? true : (await findActor(queue, actor))?.concurrency === null;
  if (!free) return [];
  for (const lane of names) forgetLane(queue, lane);
  await prepareLanes(
    queue,
    names.map(lane => ({ lane, limit: null, actor })),
  );
  return names;
}

const said = { $cond: [limitSet, '$code_limit', '$limit'] };

function newLimit(limit: number | null | 'default' | undefined): Document {
  if (limit === undefined) return {};
  if (limit === 'default') return { limit: said, code_limit: '$$REMOVE' };
  return { limit, code_limit: said };
}

function newRest({ paused, cooldown_until }: z.output<typeof lanePatchSchema>): Document {
  return {
    ...(paused !== undefined && { paused }),
    ...(cooldown_until !== undefined && { cooldown_until: cooldown_until ?? '$$REMOVE' }),
  };
}

/** There may be room now: where there is none, the next claim round closes the lane again. */
const awake: Document = {
  open: { $or: ['$open', { $ne: [{ $ifNull: ['$waiting', []] }, []] }] },
  rings: { $add: [{ $ifNull: ['$rings', 0] }, 1] },
  idle_at: '$$REMOVE',
};
