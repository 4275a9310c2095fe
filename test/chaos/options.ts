// What `npm run chaos` can be told.
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { kinds } from './plan.ts';

export const topologies = ['single', 'replica'] as const;
export type Topology = (typeof topologies)[number];

const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

const optionsSchema = z.strictObject({
  seconds: whole(5, 86_400).default(60),
  seed: whole(0, 2 ** 32 - 1).default(1),
  workers: whole(1, 32).default(3),
  topology: z.enum([...topologies, 'both']).default('single'),
  /** This many tasks of no work, with workers killed all the while, instead of a time. */
  tasks: whole(1, 1_000_000).optional(),
  /** This many tasks held by one worker that is killed: how soon are they back? */
  orphans: whole(1, 100_000).optional(),
  /** Only these blows, separated by commas. */
  only: z
    .string()
    .transform(text => text.split(',').map(kind => kind.trim()))
    .pipe(z.array(z.enum(kinds)))
    .optional(),
  lease: whole(600, 600_000).optional(),
  rate: whole(1, 2_000).default(25),
  out: z.string().default('.callsheet/chaos'),
  /** Logs and data stay, whatever happened. */
  keep: z.boolean().default(false),
});

export type Options = z.output<typeof optionsSchema>;

export const usage = `npm run chaos -- [--seconds 60] [--seed 1] [--workers 3] [--topology single|replica|both]
                 [--rate 25] [--only "kill worker,set limit"] [--lease 3000] [--out .callsheet/chaos] [--keep]
  --seconds   how long things go wrong; with "both", half of it for each topology
  --only      only these blows: ${kinds.join(', ')}
  --tasks N   instead: N tasks through the workers, some of which are killed every few seconds
  --orphans N instead: one worker that holds N tasks is killed; measures when they are back`;

/** The options of a command line. Throws with one line per problem. */
export function readOptions(args: string[]): Options {
  const names = Object.keys(optionsSchema.shape);
  const { values } = parseArgs({
    args,
    options: Object.fromEntries(names.map(name => [name, { type: name === 'keep' ? 'boolean' : 'string' }])),
  });
  const { success, data, error } = optionsSchema.safeParse(values);
  if (success) return data;
  throw new Error(error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`).join('\n'));
}
