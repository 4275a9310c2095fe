// The calls that the outside service saw, and its gauge: how many of a key were open at once.
import { z } from 'zod';

const callSchema = z.object({
  key: z.string(),
  task_id: z.string(),
  attempt: z.number(),
  /** The attempt whose checkpoint this one found; 0 for none. */
  saw: z.number(),
  /** What the call is answered with; no two are the same. */
  token: z.string(),
  /** Milliseconds since 1970 by the clock of this machine, which is mongod's too. */
  began: z.number(),
  ended: z.number().optional(),
  /** Answered by the provider, or closed by a worker that was killed or gave up. */
  how: z.enum(['answered', 'closed']).optional(),
});
export type Call = z.output<typeof callSchema>;

const gaugeSchema = z.object({ most: z.record(z.string(), z.number()) });

export interface Seen {
  calls: Call[];
  /** The most calls of each key that were open at once. */
  most: Map<string, number>;
}

/** Everything that the provider at `url` saw so far. */
export async function readCalls(url: string): Promise<Seen> {
  const text = await (await fetch(url)).text();
  const lines = text.trimEnd().split('\n');
  const { most } = gaugeSchema.parse(JSON.parse(lines.pop() ?? ''));
  return {
    calls: lines.map(line => callSchema.parse(JSON.parse(line))),
    most: new Map(Object.entries(most)),
  };
}
