// `callsheet limits` and `callsheet stats`, against a server in this process.
import { beforeAll, expect, test } from 'vitest';
import { claimAll, enqueue, openApp, serve, type TestApp } from '../server/setup.ts';
import { runCommand } from './terminal.ts';

let t: TestApp;
let url: string;
beforeAll(async () => {
  t = await openApp();
  url = (await serve(t)).url;
});

const callsheet = (line: string) => runCommand(line.split(' '), { url });

test('limits: listed, set, taken away, given back; lanes paused, resumed, cooled', async () => {
  expect((await callsheet('limits')).out).toBe('There are no lanes.\n');
  const payload = { provider: 'studio', action_type: 'txt2img', params: {} };
  for (let n = 0; n < 3; n++) await enqueue(t.queue, { actor: 'media', payload });
  await enqueue(t.queue);
  await claimAll(t.queue);
  const { out } = await callsheet('limits');
  expect(out).toMatch(
    /^LANE +RUNS +LIMIT +WAITS +FIRST CAME +STATE\nany#all +1 +none +0 +- +-\nstudio +2 +2 +1 +\S.* +-\n$/,
  );
  expect((await callsheet('limits set studio 5')).out).toBe('studio runs 2, limit 5 (code: 2)\n');
  expect((await callsheet('limits set studio none')).out).toBe('studio runs 2, limit none (code: 2)\n');
  expect((await callsheet('limits set studio default')).out).toBe('studio runs 2, limit 2\n');
  expect((await callsheet('limits pause any#all')).out).toBe('any#all runs 1, limit none, paused\n');
  expect((await callsheet('limits resume any#all')).out).toBe('any#all runs 1, limit none\n');
  expect((await callsheet('limits cool studio 10m')).out).toMatch(/, rests, goes on in (9|10) min/);
  expect((await callsheet('limits cool studio off')).out).toBe('studio runs 2, limit 2\n');
  expect((await callsheet('limits cool studio 2099-01-31T12:00:00Z')).code).toBe(0);
  expect(JSON.parse((await callsheet('limits list --json')).out)).toMatchObject({
    items: [{ key: 'any#all' }, { key: 'studio', cooldown_until: '2099-01-31T12:00:00.000Z' }],
  });
});

test('what makes no sense is refused: here with 2, by the server with its own words', async () => {
  const refused: [string, number, RegExp][] = [
    ['limits set studio many', 2, /^The limit must be a whole number, "none" or "default"/],
    ['limits set studio 0', 2, /^The limit must be at least 1/],
    ['limits set any#all 3', 2, /^The limit cannot be set here/],
    ['limits cool studio soon', 2, /^The time must be one such as 90s/],
    ['limits pause nobody', 1, /^There is no lane "nobody"/],
  ];
  for (const [line, code, words] of refused) {
    const outcome = await callsheet(line);
    expect([line, outcome.code, outcome.err]).toEqual([line, code, expect.stringMatching(words)]);
  }
});

test('stats: of all, and of one actor', async () => {
  expect((await callsheet('stats')).out).toMatch(/\nrunning +3\nwaiting +1\n/);
  expect(JSON.parse((await callsheet('stats --actor any --json')).out)).toMatchObject({ running_jobs: 1 });
  expect((await callsheet('stats --actor nobody')).code).toBe(2);
});
