// The plain inputs: text, number, yes-or-no, lines. Each reads and edits the value at its pointer.
import { useState } from 'react';
import { useForm } from './context.ts';
import type { Field, FieldOf } from './field.ts';
import { FieldFrame, FieldProblemText, Help, useField } from './frame.tsx';
import { valueAt } from './pointer.ts';

const INPUT_TYPES: Record<string, string> = {
  email: 'email',
  uri: 'url',
  date: 'date',
  password: 'password',
};

export function TextField({ field }: { field: FieldOf<'text'> }) {
  const { payload, edit, profile } = useForm();
  const value = valueAt(payload, field.pointer);
  const text = typeof value === 'string' ? value : '';
  // An emptied field is one that was left out: an actor's own default or "needed" then applies.
  const change = (next: string) => edit(field.pointer, next === '' ? undefined : next);
  const size = profile.lead.includes(field.pointer) ? 'min-h-28 text-xl leading-snug' : 'min-h-20';
  return (
    <FieldFrame field={field}>
      {input =>
        field.long ? (
          <textarea
            {...input}
            className={`input field-sizing-content max-h-96 resize-y ${size}`}
            placeholder={presetText(field)}
            value={text}
            onChange={event => change(event.target.value)}
          />
        ) : (
          <input
            {...input}
            className="input"
            type={INPUT_TYPES[field.format ?? ''] ?? 'text'}
            autoComplete="off"
            placeholder={presetText(field)}
            value={text}
            onChange={event => change(event.target.value)}
          />
        )
      }
    </FieldFrame>
  );
}

export function NumberField({ field }: { field: FieldOf<'number'> }) {
  const { payload, edit } = useForm();
  const value = valueAt(payload, field.pointer);
  const [draft, setDraft] = useState('');
  // While typing, "1." and "-" are on the way to a number; the draft keeps them as long as the payload agrees with it.
  const shown = value === undefined ? '' : numberFrom(draft) === value ? draft : JSON.stringify(value);
  const change = (text: string) => {
    setDraft(text);
    edit(field.pointer, numberFrom(text));
  };
  return (
    <FieldFrame field={field}>
      {input => (
        <input
          {...input}
          className="input tabular-nums"
          type="number"
          inputMode={field.integer ? 'numeric' : 'decimal'}
          min={field.min}
          max={field.max}
          step={field.step ?? (field.integer ? 1 : 'any')}
          placeholder={presetText(field)}
          value={shown}
          onChange={event => change(event.target.value)}
        />
      )}
    </FieldFrame>
  );
}

function numberFrom(text: string): number | undefined {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** What the actor takes where nothing is filled in. */
function presetText({ preset }: Field): string | undefined {
  return typeof preset === 'string' || typeof preset === 'number' ? String(preset) : undefined;
}

export function FlagField({ field }: { field: FieldOf<'flag'> }) {
  const { payload, edit } = useForm();
  const { input, label, help, problem } = useField(field);
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={input.id} className="flex items-center gap-2.5 font-semibold">
        <input
          {...input}
          type="checkbox"
          className="size-5 accent-(--accent)"
          checked={(valueAt(payload, field.pointer) ?? field.preset) === true}
          onChange={event => edit(field.pointer, event.target.checked)}
        />
        <span>{label}</span>
      </label>
      <Help id={input.id} help={help} />
      <FieldProblemText id={input.id} problem={problem} />
    </div>
  );
}

export function ListField({ field }: { field: FieldOf<'list'> }) {
  const { payload, edit } = useForm();
  const value = valueAt(payload, field.pointer);
  const lines = Array.isArray(value) ? value.map(String).join('\n') : '';
  const change = (text: string) => edit(field.pointer, text === '' ? undefined : text.split('\n'));
  return (
    <FieldFrame field={field}>
      {input => (
        <textarea
          {...input}
          className="input field-sizing-content max-h-96 min-h-20 resize-y"
          placeholder="One on each line"
          value={lines}
          onChange={event => change(event.target.value)}
        />
      )}
    </FieldFrame>
  );
}
