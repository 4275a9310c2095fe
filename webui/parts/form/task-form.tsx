// The form that makes a task: fields or JSON, problems, one button.
import { ArrowRight, CircleAlert } from 'lucide-react';
import {
  type KeyboardEvent,
  type ReactNode,
  type SubmitEvent,
  useEffect,
  useMemo,
  useReducer,
  useRef,
} from 'react';
import type { Actor } from '../../api/actor.ts';
import type { FieldProblem } from '../../api/http.ts';
import type { JsonObject } from '../../api/task.ts';
import { FormContext } from './context.ts';
import { type FormState, formReducer, placeProblems, startForm } from './form.ts';
import { FormFields } from './form-fields.tsx';
import { JsonTab } from './json-tab.tsx';
import { startingPayload } from './payload.ts';
import { profileOf } from './profile.ts';
import { readSchema } from './schema.ts';
import { useSubmit } from './submit.ts';
import { Tabs } from './tabs.tsx';

/** `given` is what the payload starts with, over the actor's own defaults; give another `key` to start over. */
export function TaskForm({ actor, given, picker }: { actor: Actor; given: JsonObject; picker: ReactNode }) {
  const profile = profileOf(actor);
  const [state, dispatch] = useReducer(formReducer, null, () => start(actor, { ...profile.start, ...given }));
  const root = useMemo(() => readSchema(actor.input, state.payload), [actor.input, state.payload]);
  const submit = useSubmit(dispatch);
  const form = useRef<HTMLFormElement>(null);
  useFirstProblem(form, state);
  const { atField, elsewhere } = placeProblems(root, state.payload, state.problems);
  const context = {
    payload: state.payload,
    problems: atField,
    profile,
    edit: (pointer: string, value: JsonObject[string] | undefined) =>
      dispatch({ type: 'edit', root, profile, pointer, value }),
  };
  const send = () => {
    if (state.textProblem === null && !submit.isPending)
      submit.send(root, { actor: actor.name, payload: state.payload });
  };
  return (
    <FormContext value={context}>
      <form
        ref={form}
        noValidate
        className="flex flex-col gap-6"
        onSubmit={(event: SubmitEvent) => {
          event.preventDefault();
          send();
        }}
        onKeyDown={event => isSendKey(event) && send()}
      >
        <div className="flex flex-wrap items-end justify-between gap-x-8 gap-y-4 border-b border-rule">
          {root.kind === 'json' ? (
            <span />
          ) : (
            <Tabs
              tab={state.tab}
              stuck={state.textProblem !== null}
              onShow={tab => dispatch({ type: 'show', tab })}
            />
          )}
          {picker}
        </div>
        {state.tab === 'form' ? (
          <FormFields root={root} />
        ) : (
          <JsonTab
            text={state.text}
            problem={state.textProblem}
            onWrite={text => dispatch({ type: 'write', text })}
          />
        )}
        <Summary problems={state.tab === 'json' ? state.problems : elsewhere} trouble={submit.trouble} />
        <button
          type="submit"
          className="button button-main min-h-12 self-start px-6 text-lg"
          disabled={submit.isPending}
        >
          {submit.isPending ? 'Sending…' : profile.button}
          <ArrowRight aria-hidden size={18} />
        </button>
      </form>
    </FormContext>
  );
}

function start(actor: Actor, given: JsonObject): FormState {
  const root = readSchema(actor.input, given);
  return startForm(startingPayload(root, given), root.kind === 'json' ? 'json' : 'form');
}

function isSendKey(event: KeyboardEvent): boolean {
  return event.key === 'Enter' && (event.ctrlKey || event.metaKey);
}

/** After a refusal the reader is taken to the first field that is wrong, even if it was folded away. */
function useFirstProblem(form: { current: HTMLFormElement | null }, state: FormState): void {
  const { problems } = state;
  const refused = useRef(problems);
  useEffect(() => {
    const more =
      problems.length > refused.current.length || problems.some(one => !refused.current.includes(one));
    refused.current = problems;
    if (!more) return;
    const first = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    first?.closest('details')?.setAttribute('open', '');
    first?.focus();
  }, [form, problems]);
}

function Summary({ problems, trouble }: { problems: readonly FieldProblem[]; trouble: string | null }) {
  if (problems.length === 0 && trouble === null) return null;
  return (
    <div role="alert" className="border-l-4 border-failed bg-sheet px-4 py-3">
      <p className="flex items-center gap-2 font-semibold text-failed">
        <CircleAlert aria-hidden size={18} />
        {trouble ?? 'It was not accepted:'}
      </p>
      <ul className="mt-1 space-y-1">
        {problems.map(({ pointer, detail }) => (
          <li key={pointer + detail} className="wrap-anywhere">
            <span className="font-mono text-sm">{pointer.replace('body:', '') || 'payload'}</span> {detail}
          </li>
        ))}
      </ul>
    </div>
  );
}
