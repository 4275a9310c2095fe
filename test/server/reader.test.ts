// What is read for streams when more changes than can be read.
import { expect, test } from 'vitest';
import type { Look } from '../../server/hub/look.ts';
import { Outlet } from '../../server/hub/outlet.ts';
import { Reader } from '../../server/hub/reader.ts';
import { Subscriptions } from '../../server/hub/subscriptions.ts';
import { waitFor } from '../helpers/wait.ts';

test('a flood of changes ends no stream: named tasks are all read, and for the rest the newest are', async () => {
  const subscriptions = new Subscriptions();
  let ended = 0;
  const outlet = () =>
    new Outlet({ kind: 'all', slowMs: 20_000, destroy: () => {}, onEnd: () => (ended += 1) });
  subscriptions.add({ wants: { all: true }, watcher: outlet() });
  subscriptions.add({ wants: { ids: ['mine'] }, watcher: outlet() });
  const read = new Set<string>();
  let newest = 0;
  let open: () => void = () => {};
  const blocked = new Promise<void>(resolve => {
    open = resolve;
  });
  const look: Look = {
    async byIds(ids) {
      await blocked;
      for (const id of ids) read.add(id);
      return [];
    },
    firstOf: async () => [],
    ofRun: async () => [],
    async newest() {
      newest += 1;
      return [];
    },
  };
  const reader = new Reader(look, subscriptions, () => {});
  for (let n = 0; n < 60_000; n++) reader.mark(`t${n}`);
  reader.mark('mine');
  open();
  await waitFor(() => read.has('mine') && newest > 0);
  expect(read.size).toBeLessThan(51_000);
  expect(ended).toBe(0);
});
