// A minute of chaos, always the same: see docs/reliability.md. The figures are printed; only invariants decide.
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { spawnNode } from '../helpers/processes.ts';

test('a minute of kills, pauses, outages and changed limits violates no invariant', {
  timeout: 420_000,
}, async () => {
  const main = resolve(import.meta.dirname, 'main.ts');
  const run = spawnNode(['--import', import.meta.resolve('tsx'), main, '--seconds', '60', '--seed', '1']);
  const { code } = await run.exited;
  console.log(run.lines.join('\n'));
  expect(run.lines).toContain('No invariant was violated.');
  expect(code).toBe(0);
});
