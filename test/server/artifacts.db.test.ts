// Artifacts over HTTP: one, lists by page, whole trees, and where they are cut.
import type { Document } from 'mongodb';
import { beforeAll, expect, test } from 'vitest';
import { type Artifact, type ArtifactTree, newArtifactId, saveArtifact } from '../../content/index.ts';
import { openApp, type TestApp } from './setup.ts';

let t: TestApp;
beforeAll(async () => {
  t = await openApp();
});

const task_id = 'tq_01a2071a-cf56-7000-8000-01c713f55ac4';
const unknownId = 'art_01a2071a-cf56-7000-8000-01c713f55ac4';
const base = '/api/v1/artifacts';
const get = (path: string) => t.app.request(base + path);

interface Answer extends ArtifactTree {
  items: Artifact[];
  next_cursor: string | null;
  truncated: boolean;
  type: string;
  errors: { pointer: string; detail: string }[];
}
const read = async (path: string) => (await (await get(path)).json()) as Answer;

async function save(data: unknown, parent_id: string | null = null, of = task_id): Promise<string> {
  const artifact_id = newArtifactId();
  await saveArtifact(t.content, {
    artifact_id,
    task_id: of,
    parent_id,
    data,
    metadata: null,
    labels: ['top'],
  });
  return artifact_id;
}

test('an artifact is shown whole; an unknown one is a problem', async () => {
  const id = await save({ $a: '$b' });
  expect(await read(`/${id}`)).toEqual({
    artifact_id: id,
    task_id,
    parent_id: null,
    level: 0,
    label: 'top',
    data: { $a: '$b' },
    metadata: null,
    created_at: expect.stringMatching(/Z$/),
  });
  for (const path of [`/${unknownId}`, '/art_1', `/${unknownId}/$expand`, '/$ne/$expand']) {
    const answer = await get(path);
    expect([answer.status, ((await answer.json()) as Answer).type]).toEqual([
      404,
      'urn:callsheet:problems/not-found',
    ]);
  }
});

test('a tree is expanded with its children, oldest first, however the dollar is written', async () => {
  const top = await save('top');
  const [a, b] = [await save('a', top), await save('b', top)];
  await save('a1', a);
  await save('b1', b);
  await save('b2', b);
  for (const path of [`/${top}/$expand`, `/${top}/%24expand`]) {
    const tree = await read(path);
    expect(tree).toMatchObject({ artifact_id: top, level: 0, truncated: false });
    const names = ({ data, children }: ArtifactTree): Document => ({ [data as string]: children.map(names) });
    expect(names(tree)).toEqual({ top: [{ a: [{ a1: [] }] }, { b: [{ b1: [] }, { b2: [] }] }] });
  }
  expect(await read(`/${a}/$expand`)).toMatchObject({ data: 'a', children: [{ data: 'a1', children: [] }] });
});

test('an expansion says when it was cut: by depth, by count, by size', async () => {
  const top = await save('top');
  for (let n = 0; n < 5; n++) await save(n, await save(n, top));
  const count = ({ children }: ArtifactTree): number =>
    children.reduce((sum, child) => sum + 1 + count(child), 0);
  const expand = async (query: string) => {
    const tree = await read(`/${top}/$expand?${query}`);
    return [count(tree), tree.truncated];
  };
  expect(await expand('depth=0')).toEqual([0, true]);
  expect(await expand('depth=1')).toEqual([5, true]);
  expect(await expand('depth=2')).toEqual([10, false]);
  expect(await expand('limit=5')).toEqual([5, true]);
  expect(await expand('limit=7')).toEqual([7, true]);
  expect(await expand('limit=10')).toEqual([10, false]);
  const large = await save('large');
  for (let n = 0; n < 5; n++) await save('x'.repeat(4_000_000), large);
  const answer = await get(`/${large}/$expand`);
  const text = await answer.text();
  expect(text.length).toBeLessThan(17_000_000);
  expect(JSON.parse(text)).toMatchObject({ truncated: true });
  // A page of large ones is shorter; the next one goes on.
  const first = await read(`?parent=${large}`);
  expect(first.items).toHaveLength(4);
  expect((await read(`?parent=${large}&cursor=${first.next_cursor}`)).items).toHaveLength(1);
});

test('artifacts are listed newest first, by parent or by task, page by page', async () => {
  const of = 'tq_01a2071a-cf56-7000-8000-000000000001';
  const top = await save('top', null, of);
  const children: string[] = [];
  for (let n = 0; n < 5; n++) children.push(await save(n, top, of));
  for (const [query, expected] of [
    [`parent=${top}`, children],
    [`task_id=${of}`, [top, ...children]],
  ] as const) {
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { items, next_cursor } = await read(`?${query}&limit=2${cursor}`);
      seen.push(...items.map(item => item.artifact_id));
      if (next_cursor === null) break;
      cursor = `&cursor=${next_cursor}`;
    }
    expect(seen).toEqual(expected.toReversed());
  }
  expect(await read(`?parent=${unknownId}`)).toEqual({ items: [], next_cursor: null });
});

test.each([
  ['', ''],
  [`?parent=${unknownId}&task_id=x`, ''],
  ['?parent=', '/parent'],
  ['?parent[$ne]=x', '/parent[$ne]'],
  [`?parent=${unknownId}&limit=201`, '/limit'],
  [`?parent=${unknownId}&cursor=x`, '/cursor'],
  [`/${unknownId}/$expand?depth=17`, '/depth'],
  [`/${unknownId}/$expand?limit=1001`, '/limit'],
  [`/${unknownId}?x=1`, '/x'],
])('a request for %s is refused', async (path, pointer) => {
  const answer = await get(path);
  expect([answer.status, ((await answer.json()) as Answer).errors[0]?.pointer]).toEqual([422, pointer]);
});

test('reading many costs what is shown: no sort, no artifact of others', async () => {
  const of = 'tq_01a2071a-cf56-7000-8000-000000000002';
  const top = await save('top', null, of);
  const model = (await t.content.artifacts.findOne({ _id: top }))!;
  const many = Array.from({ length: 2_000 }, (_, n) => ({
    ...model,
    _id: newArtifactId(),
    parent_id: n % 2 === 0 ? top : unknownId,
    level: 1,
    created_at: new Date(n),
  }));
  await t.content.artifacts.insertMany(many);
  const { artifacts } = t.content;
  const costs = await Promise.all(
    [
      artifacts.find({ parent_id: top }).sort({ created_at: -1, _id: -1 }).limit(21).hint('parent'),
      artifacts.find({ task_id: of }).sort({ created_at: -1, _id: -1 }).limit(21).hint('task'),
      artifacts
        .find({ parent_id: { $in: [top, 'art_x'] } })
        .sort({ parent_id: -1, created_at: 1, _id: 1 })
        .limit(21)
        .hint('parent'),
    ].map(cursor => cursor.explain('executionStats')),
  );
  for (const plan of costs) {
    expect(plan.executionStats.totalDocsExamined).toBeLessThanOrEqual(21);
    expect(JSON.stringify(plan.queryPlanner.winningPlan)).not.toContain('"SORT"');
  }
});
