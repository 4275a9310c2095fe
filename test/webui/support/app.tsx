// The whole app in a test's document: its server answers from a table, its streams are the test's to speak through.
import { cleanup, render } from '@testing-library/react';
import { afterEach } from 'vitest';
import type { Task } from '../../../client/index.ts';
import { createQueryClient } from '../../../webui/api/queries.ts';
import { App } from '../../../webui/app.tsx';
import { FakeSource } from './event-source.ts';
import { byAction } from './schemas.ts';

type Sent = { method: string; path: string; query: string; body: unknown; headers: Headers };
type Plain = { status?: number; body?: unknown } | 'unreachable';
/** A function is given the query. */
type Answer = Plain | ((query: string) => Plain);

export const mediaActor = {
  name: 'media',
  description: 'Makes pictures.',
  tags: ['media'],
  input: byAction,
  workers: ['w1'],
};

/** An upload under a test's control. */
class FakeUpload {
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  status = 0;
  responseText = '';
  url = '';
  contentType = '';
  body: Blob | null = null;
  aborted = false;

  open(_method: string, url: string): void {
    this.url = url;
  }
  getResponseHeader(): string {
    return 'application/json';
  }
  setRequestHeader(_name: string, value: string): void {
    this.contentType = value;
  }
  send(body: Blob): void {
    this.body = body;
  }
  abort(): void {
    this.aborted = true;
    this.onabort?.();
  }
  progress(loaded: number, total: number): void {
    this.upload.onprogress?.({ loaded, total });
  }
  answer(status: number, body: unknown): void {
    this.status = status;
    this.responseText = JSON.stringify(body);
    this.onload?.();
  }
}

const realFetch = globalThis.fetch;
const realRequest = globalThis.XMLHttpRequest;
const realSource = globalThis.EventSource;
afterEach(() => {
  cleanup();
  globalThis.fetch = realFetch;
  globalThis.EventSource = realSource;
  globalThis.XMLHttpRequest = realRequest;
  localStorage.clear();
  sessionStorage.clear();
});

/** Shows the app at an address. `answers` maps `GET /path` (without its query) to what the server says; the rest is 404. */
export function openApp(at: string, answers: Record<string, Answer> = {}) {
  const sent: Sent[] = [];
  const sources: FakeSource[] = [];
  const uploads: FakeUpload[] = [];
  const table: Record<string, Answer> = {
    'GET /api/v1/actors': { body: { items: [mediaActor], next_cursor: null } },
    'GET /api/tasks': { body: { items: [], next_cursor: null } },
    ...answers,
  };
  globalThis.fetch = async (input, init = {}) => {
    const { pathname: path, search: query } = new URL(input as string, 'http://page.test');
    const method = init.method ?? 'GET';
    sent.push({
      method,
      path,
      query,
      body: JSON.parse((init.body as string | undefined) ?? 'null'),
      headers: new Headers(init.headers),
    });
    const entry = table[`${method} ${path}`] ?? { status: 404, body: { detail: 'No such thing.' } };
    const answer = typeof entry === 'function' ? entry(query) : entry;
    if (answer === 'unreachable') throw new TypeError('fetch failed');
    return Response.json(answer.body ?? null, { status: answer.status ?? 200 });
  };
  globalThis.EventSource = class extends FakeSource {
    constructor(url: string) {
      super(url);
      sources.push(this);
    }
  } as never;
  globalThis.XMLHttpRequest = class extends FakeUpload {
    constructor() {
      super();
      uploads.push(this);
    }
  } as never;
  window.history.replaceState(null, '', at);
  const queries = createQueryClient();
  // Tests of errors need not sit out the tries in between.
  queries.setDefaultOptions({ queries: { ...queries.getDefaultOptions().queries, retry: false } });
  render(<App queries={queries} />);
  return { sent, sources, uploads, table, posts: () => sent.filter(({ method }) => method === 'POST') };
}

/** The answers of a server that knows one task. */
export function knows(task: Task): Record<string, Answer> {
  return {
    [`GET /api/task/${task.task_id}`]: { body: task },
    'GET /api/tasks': { body: { items: [task], next_cursor: null } },
  };
}
