// A choice of a few: as buttons side by side when they are short, else as a list.
import { useForm } from './context.ts';
import type { Choice, FieldOf } from './field.ts';
import { FieldFrame, FieldProblemText, Help, Needed, useField } from './frame.tsx';
import { valueAt } from './pointer.ts';

const MOST_BUTTONS = 4;
const MOST_LETTERS = 64;

export function ChoiceField({ field }: { field: FieldOf<'choice'> }) {
  const { words } = useForm().profile;
  const options = field.options.map(option => ({
    ...option,
    label: words[`${field.pointer}=${option.value}`] ?? option.label,
  }));
  return isRow(field) ? (
    <Buttons field={field} options={options} />
  ) : (
    <List field={field} options={options} />
  );
}

/** Whether the choice is drawn as a row of buttons, which takes the whole width. */
export function isRow({ options, required }: FieldOf<'choice'>): boolean {
  const letters = options.reduce((sum, option) => sum + option.label.length, 0);
  return required && options.length > 1 && options.length <= MOST_BUTTONS && letters <= MOST_LETTERS;
}

type Props = { field: FieldOf<'choice'>; options: Choice[] };

function Buttons({ field, options }: Props) {
  const { payload, edit } = useForm();
  const { input, label, help, problem } = useField(field);
  const value = valueAt(payload, field.pointer);
  return (
    <fieldset className="flex flex-col gap-1.5" aria-describedby={input['aria-describedby']}>
      <legend className="mb-1.5 font-semibold">
        {label}
        <Needed field={field} />
      </legend>
      <div className="flex flex-wrap gap-2">
        {options.map((option, at) => (
          <label
            key={String(option.value)}
            className="flex min-h-10 items-center rounded-sm border border-edge bg-well px-3 hover:border-ink has-checked:border-ink has-checked:bg-ink has-checked:text-on-ink has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              id={at === 0 ? input.id : undefined}
              name={field.pointer}
              aria-invalid={input['aria-invalid']}
              className="sr-only"
              checked={option.value === value}
              onChange={() => edit(field.pointer, option.value)}
            />
            {option.label}
          </label>
        ))}
      </div>
      <Help id={input.id} help={help} />
      <FieldProblemText id={input.id} problem={problem} />
    </fieldset>
  );
}

function List({ field, options }: Props) {
  const { payload, edit } = useForm();
  const value = valueAt(payload, field.pointer);
  const at = options.findIndex(option => option.value === value);
  return (
    <FieldFrame field={field}>
      {input => (
        <select
          {...input}
          className="input"
          value={at === -1 ? '' : at}
          onChange={event => edit(field.pointer, options[Number(event.target.value || -1)]?.value)}
        >
          {(at === -1 || !field.required) && <option value="">{emptyLabel(field, options)}</option>}
          {options.map((option, index) => (
            <option key={String(option.value)} value={index}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </FieldFrame>
  );
}

function emptyLabel(field: FieldOf<'choice'>, options: Choice[]): string {
  const preset = options.find(option => option.value === field.preset);
  if (preset) return `${preset.label} (default)`;
  return field.required ? 'Choose…' : 'Not set';
}
