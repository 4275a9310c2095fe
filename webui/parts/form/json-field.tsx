// A value that no other input fits, as JSON.
import { useState } from 'react';
import type { Json } from '../../../client/index.ts';
import { useForm } from './context.ts';
import type { FieldOf } from './field.ts';
import { FieldProblemText, Help, Needed, useField } from './frame.tsx';
import { valueAt } from './pointer.ts';

export function JsonField({ field }: { field: FieldOf<'json'> }) {
  const { payload, edit } = useForm();
  const { input, label, help, problem } = useField(field);
  const value = valueAt(payload, field.pointer);
  const [text, setText] = useState(() => (value === undefined ? '' : JSON.stringify(value, null, 2)));
  const [unread, setUnread] = useState<string>();
  const change = (next: string) => {
    setText(next);
    const parsed = parse(next);
    setUnread(parsed.ok ? undefined : 'This is not JSON yet.');
    if (parsed.ok) edit(field.pointer, parsed.value);
  };
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={input.id} className="font-semibold">
        {label} <span className="font-mono text-xs font-normal text-soft">JSON</span>
        <Needed field={field} />
      </label>
      <textarea
        {...input}
        aria-invalid={input['aria-invalid'] || unread !== undefined}
        className="input field-sizing-content max-h-96 min-h-20 resize-y font-mono text-sm"
        spellCheck={false}
        value={text}
        onChange={event => change(event.target.value)}
      />
      <Help id={input.id} help={help} />
      <FieldProblemText id={input.id} problem={unread ?? problem} />
    </div>
  );
}

function parse(text: string): { ok: true; value: Json | undefined } | { ok: false } {
  if (text.trim() === '') return { ok: true, value: undefined };
  try {
    return { ok: true, value: JSON.parse(text) as Json };
  } catch {
    return { ok: false };
  }
}
