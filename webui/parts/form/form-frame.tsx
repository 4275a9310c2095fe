// What every form with a payload is made of: the form element, its fields or their JSON, and what is wrong beside them.
import { CircleAlert } from 'lucide-react';
import { type ReactNode, type RefObject, useEffect, useRef } from 'react';
import type { FieldProblem } from '../../../client/index.ts';
import { FormContext } from './context.ts';
import type { FormState } from './form.ts';
import { FormFields } from './form-fields.tsx';
import { JsonTab } from './json-tab.tsx';
import type { PayloadForm } from './payload-form.ts';
import { Tabs } from './tabs.tsx';

type FrameProps = { problems: FormState['problems']; onSend: () => void; children: ReactNode };

/** The form element: it is sent by its button, by Enter in a line, and by Ctrl+Enter anywhere. */
export function FormFrame({ problems, onSend, children }: FrameProps) {
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

/** The payload as fields or as JSON; `picker` stands at its head. */
export function FormBody({ form, picker }: { form: PayloadForm; picker: ReactNode }) {
  const { state, dispatch, root, context } = form;
  return (
    <FormContext value={context}>
      <div className="flex flex-wrap items-end justify-between gap-x-8 gap-y-4 border-b border-rule">
        {root.kind === 'json' ? <span /> : <Tabs state={state} dispatch={dispatch} />}
        {picker}
      </div>
      {state.tab === 'form' ? <FormFields root={root} /> : <JsonTab state={state} dispatch={dispatch} />}
    </FormContext>
  );
}

export function Summary({
  problems,
  trouble,
}: {
  problems: readonly FieldProblem[];
  trouble: string | null;
}) {
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
