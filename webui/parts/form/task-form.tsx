// The form that makes a task: fields or JSON, problems, one button.
import { ArrowRight } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import type { Actor, JsonObject } from '../../../client/index.ts';
import { keepDraft } from './draft.ts';
import { FormBody, FormFrame, Summary } from './form-frame.tsx';
import { usePayloadForm } from './payload-form.ts';
import { useSubmit } from './submit.ts';

type Props = {
  actor: Actor;
  /** What the payload starts with, before the actor's defaults; give another `key` to start over. */
  given: JsonObject;
  /** Under what name that which is filled in is kept over a refresh. */
  draft: string;
  /** Stands at the head of the form. */
  picker: ReactNode;
};

export function TaskForm({ actor, given, draft, picker }: Props) {
  const form = usePayloadForm(actor, given);
  const { state, dispatch, root, context, elsewhere, late } = form;
  useEffect(() => keepDraft(draft, state.payload), [draft, state.payload]);
  const submit = useSubmit(dispatch);
  const send = () => {
    if (late.length > 0) dispatch({ type: 'refuse', problems: late });
    else if (state.textProblem === null) submit.send(root, { actor: actor.name, payload: state.payload });
  };
  return (
    <FormFrame problems={state.problems} onSend={send}>
      <FormBody form={form} picker={picker} />
      <Summary problems={elsewhere} trouble={submit.trouble} />
      <SendButton label={context.profile.button} isSending={submit.isPending} />
    </FormFrame>
  );
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
