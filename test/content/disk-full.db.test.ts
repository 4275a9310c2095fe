// A disk that is full: on a small one of our own where root may mount it, and by a limit on the size of files elsewhere.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openStore } from '../../content/index.ts';
import { testDatabase } from '../helpers/mongo.ts';
import { spawnCommand } from '../helpers/processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'callsheet-full-'));
const large = mkdtempSync(join(tmpdir(), 'callsheet-large-'));
const mounted = mountSmall();
afterAll(() => {
  if (mounted) execFileSync('umount', [folder]);
  for (const made of [folder, large]) rmSync(made, { recursive: true });
});

function mountSmall(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function* film(megabytes: number): AsyncGenerator<Buffer> {
  for (let n = 0; n < megabytes; n++) yield Buffer.alloc(1024 ** 2, n);
}

const filesIn = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ name }) => name);

test.skipIf(!mounted)('a full disk is told, leaves nothing, and takes what fits afterwards', async () => {
  const store = await openStore(await testDatabase(), `file:${folder}`);
  const put = store.put('gc_large', film(6), { content_type: 'video/mp4' });
  await expect(put).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(filesIn(folder)).toEqual([]);
  expect((await store.put('gc_small', film(3), { content_type: 'video/mp4' })).size).toBe(3 * 1024 ** 2);
  expect(filesIn(folder)).toEqual(['gc_small']);
});

test('a file that may not grow any more is told, and leaves nothing', async () => {
  const script = join(import.meta.dirname, 'fixtures', 'put-large.ts');
  const limited = `ulimit -f 4096 && exec ${process.execPath} --import tsx ${script} ${large}`;
  const { exited, lines } = spawnCommand('bash', ['-c', limited]);
  expect((await exited).code, lines.join('\n')).toBe(0);
  expect(lines.join('\n')).toContain('EFBIG');
  expect(filesIn(large)).toEqual([]);
});
