// The README is tested where it can be wrong: its options, its files, its example.
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import { clientSettings } from '../cli/client-settings.ts';
import { embeddedSettings } from '../embedded/config.ts';
import { serverSettings } from '../server/config.ts';
import { workerSettings } from '../worker/config.ts';

const root = resolve(import.meta.dirname, '..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** Variable → its default as the table says it. */
const table = new Map(
  [...readme.matchAll(/^\| `([A-Z0-9_]+)` \| (.+?) \|/gm)].map(([, name, said]) => [
    name!,
    said!.replaceAll('`', ''),
  ]),
);

const shapes: Record<string, z.ZodType>[] = [
  workerSettings.shape,
  serverSettings.shape,
  clientSettings.shape,
];

test('the options table names exactly the variables that the programs read', () => {
  const { PATH: _path, ...embedded } = embeddedSettings.shape;
  const read = new Set([...shapes.flatMap(shape => Object.keys(shape)), ...Object.keys(embedded)]);
  expect(new Set(table.keys())).toEqual(read);
});

test('the options table tells the defaults that the schemas have', () => {
  for (const shape of shapes)
    for (const [name, schema] of Object.entries(shape)) {
      const value = schema.safeParse(undefined).data;
      const shown = typeof value === 'number' || typeof value === 'string' ? String(value) : undefined;
      if (shown !== undefined) expect([name, table.get(name)]).toEqual([name, shown]);
    }
});

test('every file that the README links to exists', () => {
  const links = [...readme.matchAll(/\]\(((?!https?:)[^)#]+)\)/g)].map(([, path]) => path!);
  expect(links.length).toBeGreaterThan(1);
  for (const path of links) expect([path, existsSync(join(root, path))]).toEqual([path, true]);
});
