// Patches the query cache with what a stream said. A value is replaced only by a newer revision of itself.
import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import { hasEnded, type Page, type Task, type TaskEvent, type TaskStatus } from '../../client/index.ts';
import { applyEvent, statusAfter } from './events.ts';
import { TASK_LISTS } from './lists.ts';
import { TASK_KEY } from './queries.ts';

const HEARD_AT_MOST = 1_000;

/** The last status heard of each of the latest tasks, also of those that no list here holds. */
export class Heard {
  readonly #statuses = new Map<string, TaskStatus>();

  last(taskId: string): TaskStatus | undefined {
    return this.#statuses.get(taskId);
  }

  note(taskId: string, status: TaskStatus): void {
    this.#statuses.delete(taskId);
    this.#statuses.set(taskId, status);
    if (this.#statuses.size <= HEARD_AT_MOST) return;
    const [oldest] = this.#statuses.keys();
    if (oldest !== undefined) this.#statuses.delete(oldest);
  }
}

type TaskList = InfiniteData<Page<Task>, string | null>;

export type Applied = {
  /** Tasks whose status changed: an event carries no times and no attempts, so they must be read again. */
  changed: string[];
  /** Tasks seen to end just now, as they are held. */
  ended: Task[];
};

/** Applies events (at most one for each task) to every place in the cache that holds their tasks. */
export function applyToCache(client: QueryClient, heard: Heard, events: readonly TaskEvent[]): Applied {
  const byId = new Map(events.map(event => [event.task_id, event]));
  const before = heldTasks(client, byId);
  for (const [id, event] of byId) {
    client.setQueryData<Task>([TASK_KEY, id], task => task && applyEvent(task, event));
  }
  client.setQueriesData<TaskList>({ queryKey: TASK_LISTS }, list => list && patchList(list, byId));
  return compare(before, heard, events);
}

function heldTasks(client: QueryClient, byId: ReadonlyMap<string, TaskEvent>): Map<string, Task> {
  const held = new Map<string, Task>();
  for (const task of [...listedTasks(client), ...singleTasks(client, byId)]) {
    const other = held.get(task.task_id);
    if (byId.has(task.task_id) && (!other || task.rev > other.rev)) held.set(task.task_id, task);
  }
  return held;
}

function singleTasks(client: QueryClient, byId: ReadonlyMap<string, TaskEvent>): Task[] {
  return [...byId.keys()].flatMap(id => client.getQueryData<Task>([TASK_KEY, id]) ?? []);
}

function listedTasks(client: QueryClient): Task[] {
  const lists = client.getQueriesData<TaskList>({ queryKey: TASK_LISTS });
  return lists.flatMap(([, list]) => list?.pages.flatMap(page => page.items) ?? []);
}

function patchList(list: TaskList, byId: ReadonlyMap<string, TaskEvent>): TaskList {
  const pages = list.pages.map(page => {
    const items = page.items.map(task => {
      const event = byId.get(task.task_id);
      return event ? applyEvent(task, event) : task;
    });
    return items.some((task, at) => task !== page.items[at]) ? { ...page, items } : page;
  });
  return pages.some((page, at) => page !== list.pages[at]) ? { ...list, pages } : list;
}

function compare(held: ReadonlyMap<string, Task>, heard: Heard, events: readonly TaskEvent[]): Applied {
  const applied: Applied = { changed: [], ended: [] };
  for (const event of events) {
    const task = held.get(event.task_id);
    if (task && event.rev <= task.rev) continue;
    const status = statusAfter(event);
    if (status === (heard.last(event.task_id) ?? task?.status)) continue;
    heard.note(event.task_id, status);
    applied.changed.push(event.task_id);
    if (task && hasEnded({ status })) applied.ended.push(applyEvent(task, event));
  }
  return applied;
}
