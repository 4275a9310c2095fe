// The payload as raw JSON.
import { FieldProblemText } from './frame.tsx';

export function JsonTab(props: { text: string; problem: string | null; onWrite: (text: string) => void }) {
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
        aria-invalid={props.problem !== null}
        aria-describedby={props.problem === null ? undefined : 'json:problem'}
        value={props.text}
        onChange={event => props.onWrite(event.target.value)}
      />
      <FieldProblemText id="json" problem={props.problem ?? undefined} />
    </div>
  );
}
