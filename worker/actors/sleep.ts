// The actor that does nothing for a while and says how far it is.
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { defineActor } from './actor.ts';

const input = z.object({
  ms: z
    .int()
    .min(0)
    .max(24 * 3_600_000)
    .describe('How long to sleep'),
  steps: z.int().min(1).max(1_000).optional().describe('How many times to report progress on the way'),
});

export const sleep = defineActor({
  name: 'sleep',
  description: 'Sleeps for `ms` milliseconds and reports its progress `steps` times.',
  tags: ['demo'],
  input,
  async execute({ ms, steps = 1 }, { progress, signal }) {
    for (let step = 1; step <= steps; step++) {
      await pause(ms / steps, undefined, { signal });
      await progress((ms * step) / steps, `Slept ${step} of ${steps}`, step / steps);
    }
    return { slept_ms: ms };
  },
});
