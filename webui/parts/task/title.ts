// What a task is called on the page: the words it was asked with, cut to a line. Pure.
import type { Json, Task } from '../../../client/index.ts';

const LONGEST = 160;
const TELLING = ['prompt', 'title', 'text', 'message', 'command', 'name'];

/** One line that tells the task from its neighbours: its prompt if it has one, else its payload, else its actor. */
export function taskTitle(task: Pick<Task, 'actor' | 'payload'>): string {
  const params = task.payload.params;
  const telling = tellingText(isObject(params) ? params : {}) ?? tellingText(task.payload);
  if (telling) return cut(telling);
  const pairs = Object.entries(task.payload).map(([name, value]) => `${name} ${brief(value)}`);
  return pairs.length === 0 ? task.actor : cut(`${task.actor}: ${pairs.join(', ')}`);
}

function brief(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function tellingText(fields: { [key: string]: Json }): string | undefined {
  return TELLING.map(key => fields[key]).find(value => typeof value === 'string' && value.trim() !== '') as
    | string
    | undefined;
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function cut(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  const letters = Array.from(line);
  return letters.length <= LONGEST ? line : `${letters.slice(0, LONGEST - 1).join('')}…`;
}
