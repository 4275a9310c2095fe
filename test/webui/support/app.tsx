// The whole app in a test's document: its server answers from a table, its streams are the test's to speak through.
import { cleanup, render } from '@testing-library/react';
import { afterEach } from 'vitest';
import { createQueryClient } from '../../../webui/api/queries.ts';
import type { Task } from '../../../webui/api/task.ts';
import { App } from '../../../webui/app.tsx';
import { FakeSource } from './event-source.ts';
import { byAction } from './schemas.ts';

type Sent = { method: string; path: string; body: unknown; headers: Headers };
type Answer = { status?: number; body?: unknown } | 'unreachable';

export const mediaActor = {
  name: 'media',
  description: 'Makes pictures.',
  tags: ['media'],
  input: byAction,
  workers: ['w1'],
};

const realFetch = globalThis.fetch;
const realSource = globalThis.EventSource;
afterEach(() => {
  cleanup();
  globalThis.fetch = realFetch;
  globalThis.EventSource = realSource;
  localStorage.clear();
});

/** Shows the app at an address. `answers` maps `GET /path` (without the query) to what the server says; the rest is 404. */
export function openApp(at: string, answers: Record<string, Answer> = {}) {
  const sent: Sent[] = [];
  const sources: FakeSource[] = [];
  const table: Record<string, Answer> = {
    'GET /api/v1/actors': { body: { items: [mediaActor], next_cursor: null } },
    'GET /api/tasks': { body: { items: [], next_cursor: null } },
    ...answers,
  };
  globalThis.fetch = async (input, init = {}) => {
    const path = new URL(input as string, 'http://page.test').pathname;
    const method = init.method ?? 'GET';
    sent.push({
      method,
      path,
      body: JSON.parse((init.body as string | undefined) ?? 'null'),
      headers: new Headers(init.headers),
    });
    const answer = table[`${method} ${path}`] ?? { status: 404, body: { detail: 'No such thing.' } };
    if (answer === 'unreachable') throw new TypeError('fetch failed');
    return Response.json(answer.body ?? null, { status: answer.status ?? 200 });
  };
  globalThis.EventSource = class extends FakeSource {
    constructor(url: string) {
      super(url);
      sources.push(this);
    }
  } as never;
  window.history.replaceState(null, '', at);
  const queries = createQueryClient();
  // Tests of errors need not sit out the tries in between.
  queries.setDefaultOptions({ queries: { ...queries.getDefaultOptions().queries, retry: false } });
  render(<App queries={queries} />);
  return { sent, sources, table, posts: () => sent.filter(({ method }) => method === 'POST') };
}

/** The answers of a server that knows one task. */
export function knows(task: Task): Record<string, Answer> {
  return {
    [`GET /api/task/${task.task_id}`]: { body: task },
    'GET /api/tasks': { body: { items: [task], next_cursor: null } },
  };
}
