// The form that makes a task: fields or JSON, problems, one button.
import { ArrowRight, CircleAlert } from 'lucide-react';
import { type ReactNode, type RefObject, useEffect, useMemo, useReducer, useRef } from 'react';
import type { Actor } from '../../api/actor.ts';
import type { FieldProblem } from '../../api/http.ts';
import type { JsonObject } from '../../api/task.ts';
import { FormContext, type FormContextValue } from './context.ts';
import { type FormState, formReducer, placeProblems, startForm } from './form.ts';
import { FormFields } from './form-fields.tsx';
import { JsonTab } from './json-tab.tsx';
import { startingPayload } from './payload.ts';
import { profileOf } from './profile.ts';
import { readSchema } from './schema.ts';
import { useSubmit } from './submit.ts';
import { Tabs } from './tabs.tsx';

type Props = {
  actor: Actor;
  /** What the payload starts with, before the actor's defaults; give another `key` to start over. */
  given: JsonObject;
  /** Stands at the head of the form. */
  picker: ReactNode;
};

export function TaskForm({ actor, given, picker }: Props) {
  const profile = profileOf(actor);
  const [state, dispatch] = useReducer(formReducer, null, () => start(actor, { ...profile.start, ...given }));
  const root = useMemo(() => readSchema(actor.input, state.payload), [actor.input, state.payload]);
  const submit = useSubmit(dispatch);
  const { atField, elsewhere } = placeProblems(root, state.payload, state.problems);
  const context: FormContextValue = {
    payload: state.payload,
    problems: atField,
    profile,
    edit: (pointer, value) => dispatch({ type: 'edit', root, profile, pointer, value }),
  };
  const send = () => {
    if (state.textProblem === null) submit.send(root, { actor: actor.name, payload: state.payload });
  };
  return (
    <FormContext value={context}>
      <Frame problems={state.problems} onSend={send}>
        <div className="flex flex-wrap items-end justify-between gap-x-8 gap-y-4 border-b border-rule">
          {root.kind === 'json' ? <span /> : <Tabs state={state} dispatch={dispatch} />}
          {picker}
        </div>
        {state.tab === 'form' ? <FormFields root={root} /> : <JsonTab state={state} dispatch={dispatch} />}
        <Summary problems={state.tab === 'json' ? state.problems : elsewhere} trouble={submit.trouble} />
        <SendButton label={profile.button} isSending={submit.isPending} />
      </Frame>
    </FormContext>
  );
}

function start(actor: Actor, given: JsonObject): FormState {
  const root = readSchema(actor.input, given);
  return startForm(startingPayload(root, given), root.kind === 'json' ? 'json' : 'form');
}

type FrameProps = { problems: FormState['problems']; onSend: () => void; children: ReactNode };

/** The form element: it is sent by its button, by Enter in a line, and by Ctrl+Enter anywhere. */
function Frame({ problems, onSend, children }: FrameProps) {
  const form = useRef<HTMLFormElement>(null);
  useFirstProblem(form, problems);
  return (
    <form
      ref={form}
      noValidate
      className="flex flex-col gap-6"
      onSubmit={event => {
        event.preventDefault();
        onSend();
      }}
      onKeyDown={event => {
        if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        onSend();
      }}
    >
      {children}
    </form>
  );
}

/** After a refusal the reader is taken to the first field that is wrong, even if it was folded away. */
function useFirstProblem(form: RefObject<HTMLFormElement | null>, problems: FormState['problems']): void {
  const before = useRef(problems);
  useEffect(() => {
    const more = problems.some(one => !before.current.includes(one));
    before.current = problems;
    if (!more) return;
    const first = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    first?.closest('details')?.setAttribute('open', '');
    first?.focus();
  }, [form, problems]);
}

function SendButton({ label, isSending }: { label: string; isSending: boolean }) {
  return (
    <button
      type="submit"
      className="button button-main min-h-12 self-start px-6 text-lg"
      disabled={isSending}
    >
      {isSending ? 'Sending…' : label}
      <ArrowRight aria-hidden size={18} />
    </button>
  );
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
