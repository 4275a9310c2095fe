// A payload that is being filled in: its state, its fields, what is on its way to it. Who sends it is somebody else's business.
import { type Dispatch, useMemo, useReducer } from 'react';
import type { Actor, FieldProblem, JsonObject } from '../../../client/index.ts';
import type { FormContextValue } from './context.ts';
import type { Field } from './field.ts';
import { type FormAction, type FormState, formReducer, placeProblems, startForm } from './form.ts';
import { startingPayload } from './payload.ts';
import { profileOf } from './profile.ts';
import { readSchema } from './schema.ts';
import { useUploads } from './uploads.ts';

export type PayloadForm = {
  state: FormState;
  dispatch: Dispatch<FormAction>;
  root: Field;
  context: FormContextValue;
  /** The problems that no field here can show. */
  elsewhere: FieldProblem[];
  /** Problems of what has not arrived yet: it cannot be sent without. */
  late: FieldProblem[];
};

/** Starts with `given`; a form that should start over gets another `key`. */
export function usePayloadForm(actor: Actor, given: JsonObject): PayloadForm {
  const profile = profileOf(actor);
  const [state, dispatch] = useReducer(formReducer, null, () => start(actor, { ...profile.start, ...given }));
  const { payload } = state;
  const root = useMemo(() => readSchema(actor.input, payload), [actor.input, payload]);
  const { atField, elsewhere } = placeProblems(root, payload, state.problems);
  const edit: FormContextValue['edit'] = (pointer, value) =>
    dispatch({ type: 'edit', root, profile, pointer, value });
  const uploads = useUploads(runOf(payload), (pointer, { content_id }) => edit(pointer, content_id));
  const late = uploads.pending.map(pointer => ({ pointer, detail: 'It is still on its way: one moment.' }));
  return {
    state,
    dispatch,
    root,
    context: { payload, problems: atField, profile, edit, uploads },
    elsewhere: state.tab === 'json' ? state.problems : elsewhere,
    late,
  };
}

/** The run that a task of this payload belongs to: what is uploaded for it belongs there too. */
function runOf({ workflow_run_id }: JsonObject): string {
  return typeof workflow_run_id === 'string' && workflow_run_id !== '' ? workflow_run_id : 'default';
}

function start(actor: Actor, given: JsonObject): FormState {
  const root = readSchema(actor.input, given);
  return startForm(startingPayload(root, given), root.kind === 'json' ? 'json' : 'form');
}
