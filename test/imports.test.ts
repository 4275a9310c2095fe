// The arrows between the rooms, and that no module reaches itself at run time.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** Room → rooms it may import. What a room's entry that hosts several may do stands here too, and nowhere else. */
const arrows: Record<string, string[]> = {
  queue: [],
  content: [],
  providers: [],
  worker: ['queue', 'content', 'providers'],
  server: ['queue', 'content', 'providers'],
  client: [],
  webui: ['client'],
  embedded: [],
  cli: ['queue', 'content', 'providers', 'worker', 'server', 'embedded', 'client'],
  bench: ['queue', 'content', 'providers', 'worker', 'server', 'embedded', 'test'],
  'index.ts': ['queue', 'content', 'providers', 'worker', 'server', 'embedded'],
};

const modules = Object.keys(arrows).flatMap(room => (room.endsWith('.ts') ? [room] : listModules(room)));
const imports = new Map(modules.map(module => [module, readImports(module, true)]));
/** Without `import type`: what is left when the program runs. */
const runtimeImports = new Map(modules.map(module => [module, readImports(module, false)]));

function listModules(room: string): string[] {
  return readdirSync(join(root, room), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.(tsx?|mjs)$/.test(entry.name))
    .map(entry => relative(root, join(entry.parentPath, entry.name)));
}

function readImports(module: string, types: boolean): string[] {
  const text = readFileSync(join(root, module), 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b(\s+type\b)?[^;'"]*?from\s*['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]/g,
  );
  return [...found]
    .filter(([, type]) => types || !type)
    .map(([, , named, dynamic]) => relative(root, resolve(root, dirname(module), (named ?? dynamic)!)));
}

function roomOf(module: string): string {
  return module.split('/')[0]!;
}

test('rooms import only along the arrows', () => {
  const wrong = [...imports].flatMap(([module, targets]) => {
    const room = roomOf(module);
    return targets
      .filter(target => roomOf(target) !== room && !arrows[room]!.includes(roomOf(target)))
      .map(target => `${module} -> ${target}`);
  });
  expect(wrong).toEqual([]);
});

test('no module imports itself through others', () => {
  const done = new Set<string>();
  const cycles: string[] = [];
  const walk = (module: string, path: string[]): void => {
    if (path.includes(module))
      return void cycles.push([...path.slice(path.indexOf(module)), module].join(' -> '));
    if (done.has(module)) return;
    for (const next of runtimeImports.get(module) ?? []) walk(next, [...path, module]);
    done.add(module);
  };
  for (const module of modules) walk(module, []);
  expect(cycles).toEqual([]);
});

test('the reader of imports sees imports', () => {
  expect(imports.get('queue/enqueue.ts')).toContain('queue/queue.ts');
  expect(modules.length).toBeGreaterThan(50);
});

test('the page asks its server by the client alone, and watches one stream by itself', () => {
  const asking = listModules('webui').filter(module =>
    /\bfetch\(|['"`}]\/(?:api|workflow|readyz)\b/.test(readFileSync(join(root, module), 'utf8')),
  );
  expect(asking.toSorted()).toEqual(['webui/api/client.ts', 'webui/api/live.tsx', 'webui/vite.config.ts']);
});

test('the client is made of itself and one parser of events, for browsers too', () => {
  const packages = listModules('client').flatMap(module => [
    ...readFileSync(join(root, module), 'utf8').matchAll(/from '([^.'][^']*)'/g),
  ]);
  expect(new Set(packages.map(([, name]) => name))).toEqual(new Set(['eventsource-parser']));
});
