// The state of the Create form and its changes: two tabs over one payload, and the problems at its fields. Pure.
import type { FieldProblem, Json, JsonObject } from '../../../client/index.ts';
import type { Field } from './field.ts';
import { editPayload, visibleMembers } from './payload.ts';
import { isObject } from './pointer.ts';
import { dropUnmeant, type Profile } from './profile.ts';

export type FormState = {
  payload: JsonObject;
  tab: 'form' | 'json';
  /** The JSON tab's text, and why it cannot be read; the payload then stays what it was. */
  text: string;
  textProblem: string | null;
  problems: FieldProblem[];
};

export type FormAction =
  | {
      type: 'edit';
      root: Field;
      profile: Pick<Profile, 'only'>;
      pointer: string;
      value: Json | undefined;
    }
  | { type: 'write'; text: string }
  | { type: 'show'; tab: FormState['tab'] }
  | { type: 'refuse'; problems: FieldProblem[] };

/** A form that holds the payload and has no problems yet. */
export function startForm(payload: JsonObject, tab: FormState['tab'] = 'form'): FormState {
  return { payload, tab, text: write(payload), textProblem: null, problems: [] };
}

export function formReducer(state: FormState, action: FormAction): FormState {
  switch (action.type) {
    case 'edit': {
      const edited = editPayload(action.root, state.payload, action.pointer, action.value);
      const payload = dropUnmeant(action.profile, edited);
      const problems = state.problems.filter(problem => !touches(problem.pointer, action.pointer));
      return { ...state, payload, text: write(payload), problems };
    }
    case 'write':
      return readText(state, action.text);
    case 'show':
      // Text that cannot be read would be lost by leaving, so the tab stays until it is mended.
      return state.textProblem === null ? { ...state, tab: action.tab } : state;
    case 'refuse':
      return { ...state, problems: action.problems };
  }
}

function readText(state: FormState, text: string): FormState {
  try {
    const payload = JSON.parse(text) as Json;
    if (!isObject(payload)) return { ...state, text, textProblem: 'The payload must be an object: {…}.' };
    return { ...state, text, payload, textProblem: null, problems: [] };
  } catch (error) {
    return { ...state, text, textProblem: `This is not JSON yet: ${(error as Error).message}` };
  }
}

function write(payload: JsonObject): string {
  return JSON.stringify(payload, null, 2);
}

function touches(problem: string, edited: string): boolean {
  return problem === edited || problem.startsWith(`${edited}/`);
}

/** What the server refused, as problems of this payload: its pointers begin at the request's body. */
export function problemsFromServer(errors: readonly FieldProblem[]): FieldProblem[] {
  return errors.map(({ pointer, detail }) => ({
    pointer:
      pointer === '/payload' || pointer.startsWith('/payload/')
        ? pointer.slice('/payload'.length)
        : `body:${pointer}`,
    detail,
  }));
}

/** Parts the problems into those with a visible field to stand at and the rest, which a summary must name. */
export function placeProblems(
  root: Field,
  payload: JsonObject,
  problems: readonly FieldProblem[],
): { atField: Map<string, string>; elsewhere: FieldProblem[] } {
  const shown = new Set(inputs(root, payload));
  const atField = new Map<string, string>();
  const elsewhere: FieldProblem[] = [];
  for (const problem of problems) {
    const pointer = nearest(problem.pointer, shown);
    if (pointer === null || atField.has(pointer)) elsewhere.push(problem);
    else atField.set(pointer, problem.detail);
  }
  return { atField, elsewhere };
}

function inputs(field: Field, payload: JsonObject): string[] {
  if (field.kind === 'fixed') return [];
  const inner = visibleMembers(field, payload);
  return inner.length === 0 ? [field.pointer] : inner.flatMap(one => inputs(one, payload));
}

/** The field at the pointer, or the one that edits what the pointer lies within (a line of a list). */
function nearest(pointer: string, shown: ReadonlySet<string>): string | null {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    if (shown.has(at)) return at;
    if (!at.includes('/')) return null;
  }
  return null;
}
