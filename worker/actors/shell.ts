// The actor that runs a shell command. A worker has it only with WORKER_SHELL=1: whoever makes tasks runs commands there.
import { z } from 'zod';
import { defineActor } from './actor.ts';

// Both outputs together stay below the 1 MiB of a result, whatever JSON makes of their bytes.
const keep_bytes = 65_536;

const clean = (text: string) => !text.includes('\0');

const input = z.strictObject({
  command: z
    .string()
    .min(1)
    .max(32_768)
    .refine(clean, 'must not have NUL characters')
    .describe('What the shell shall run'),
  timeout_ms: z
    .int()
    .min(1)
    .max(7 * 24 * 3_600_000)
    .optional()
    .describe('It is killed after this long'),
  cwd: z.string().min(1).max(4_096).optional().describe("Working directory; the worker's unless said"),
  env: z
    .record(z.string(), z.string().max(32_768).refine(clean, 'must not have NUL characters'))
    .optional()
    .describe('Further environment variables'),
});

const output = z.object({
  command: z.string(),
  stdout: z.string(),
  stderr: z.string(),
  returncode: z.int().describe('0 = success, -1 = timeout'),
});

export const shell = defineActor({
  name: 'shell',
  description:
    'Runs a shell command on the machine of the worker. An exit code other than 0 is a result, not an error.',
  tags: ['shell'],
  input,
  output,
  execute: ({ command, ...options }, { runShell }) => runShell(command, { ...options, keep_bytes }),
});
