// What was filled in and not sent yet, kept for this tab: a refresh must not lose it.
import type { JsonObject } from '../../../client/index.ts';
import { isObject } from './pointer.ts';

const KEY = 'callsheet.draft';
const MOST_LETTERS = 100_000;

/** The payload that was kept for this form; null where there is none, or storage is forbidden. */
export function readDraft(form: string): JsonObject | null {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    return isObject(kept) && kept.form === form && isObject(kept.payload) ? kept.payload : null;
  } catch {
    return null;
  }
}

/** Keeps the payload for this form, in place of any other form's. */
export function keepDraft(form: string, payload: JsonObject): void {
  const text = JSON.stringify({ form, payload });
  try {
    if (text.length <= MOST_LETTERS) sessionStorage.setItem(KEY, text);
  } catch {
    // Then a refresh starts over.
  }
}

/** Forgets what was kept: it has been sent. */
export function dropDraft(): void {
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Then there was none.
  }
}
