// The payload as raw JSON.
import type { Dispatch } from 'react';
import type { FormAction, FormState } from './form.ts';
import { FieldProblemText } from './frame.tsx';

export function JsonTab({ state, dispatch }: { state: FormState; dispatch: Dispatch<FormAction> }) {
  const { text, textProblem } = state;
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor="json" className="font-semibold">
        Payload as JSON
      </label>
      <textarea
        id="json"
        className="input field-sizing-content max-h-[60vh] min-h-56 resize-y font-mono text-sm leading-relaxed"
        spellCheck={false}
        autoComplete="off"
        aria-invalid={textProblem !== null}
        aria-describedby={textProblem === null ? undefined : 'json:problem'}
        value={text}
        onChange={event => dispatch({ type: 'write', text: event.target.value })}
      />
      <FieldProblemText id="json" problem={textProblem ?? undefined} />
    </div>
  );
}
