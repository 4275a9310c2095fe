// docs/monitoring.md names every figure that is shown, with its labels, and none that is not.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { addFigures, figureBounds, figuresText } from '../../queue/index.ts';
import { openFigures } from '../../worker/watch/figures.ts';
import { startTestWorker } from '../worker/start.ts';
import { claimAll, enqueue, openApp } from './setup.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/monitoring.md'), 'utf8');
const documented = new Map(
  [...text.matchAll(/^\| `(callsheet_\w+)` \| (.*?)\s*\|/gm)].map(([, name, labels]) => [
    name!,
    [...labels!.matchAll(/`(\w+)`/g)].map(([, label]) => label!).sort(),
  ]),
);

/** Name → labels, of figures in Prometheus' text form. */
function shown(figures: string): Map<string, string[]> {
  const names = [...figures.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name!);
  const labels = (name: string) => {
    const samples = figures.matchAll(new RegExp(`^${name}(?:_bucket)?\\{(.*)\\} `, 'gm'));
    const used = [...samples].flatMap(([, pairs]) =>
      [...pairs!.matchAll(/(\w+)="/g)].map(([, label]) => label!),
    );
    return [...new Set(used)].filter(label => label !== 'le').sort();
  };
  return new Map(names.map(name => [name, labels(name)]));
}

const totals = [
  'tasks_claimed_total',
  'tasks_recovered_total',
  'tasks_promoted_total',
  'task_claim_conflicts_total',
  'queue_trouble_total',
] as const;

test('the figures of servers and workers are those that the page on monitoring lists', async () => {
  const t = await openApp();
  const counts = figureBounds.task_execution_seconds.map(() => 1);
  await addFigures(t.queue, [
    { name: 'task_execution_seconds', actor: 'any', outcome: 'completed', counts, count: 15, sum: 1 },
    { name: 'task_queue_delay_seconds', actor: 'any', counts, count: 15, sum: 1 },
    ...totals.map(name => ({ name, count: 1, sum: 0, counts: [] })),
    { name: 'tasks_dead_total', actor: 'any', count: 1, sum: 0, counts: [] },
    { name: 'tasks_tried_again_total', actor: 'any', count: 1, sum: 0, counts: [] },
  ]);
  await enqueue(t.queue, { actor: 'media', payload: { provider: 'studio' } });
  await claimAll(t.queue);
  const ofServer = shown(await (await t.app.request('/metrics')).text());
  const worker = await startTestWorker(t.queue, []);
  onTestFinished(() => worker.stop());
  const ofWorker = shown(await openFigures(worker).text());
  const own = [...ofWorker].filter(
    ([name]) => !ofServer.has(name.replace('_worker', '')) || /lag/.test(name),
  );
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries([...ofServer, ...own]));
  expect(await figuresText([], 'callsheet_')).not.toContain('callsheet_');
});

test('the alerts speak of figures that exist', () => {
  const alerts = /```yaml\ngroups:.*?```/s.exec(text)![0];
  const used = new Set([...alerts.matchAll(/callsheet_\w+/g)].map(([name]) => name.replace(/_bucket$/, '')));
  expect(used.size).toBeGreaterThan(5);
  expect([...used].filter(name => !documented.has(name))).toEqual([]);
});
