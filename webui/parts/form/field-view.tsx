// Draws a field by its kind; a group is a fieldset of its members.
import { ChoiceField, isRow } from './choice-field.tsx';
import { useForm } from './context.ts';
import type { Field } from './field.ts';
import { FlagField, ListField, NumberField, TextField } from './inputs.tsx';
import { JsonField } from './json-field.tsx';
import { visibleMembers } from './payload.ts';
import { PictureField } from './picture-field.tsx';

function FieldView({ field }: { field: Field }) {
  switch (field.kind) {
    case 'text':
      return isPicture(field) ? <PictureField field={field} /> : <TextField field={field} />;
    case 'number':
      return <NumberField field={field} />;
    case 'flag':
      return <FlagField field={field} />;
    case 'choice':
      return <ChoiceField field={field} />;
    case 'list':
      return <ListField field={field} />;
    case 'json':
      return <JsonField field={field} />;
    case 'fixed':
      return null;
    default:
      return <GroupView field={field} />;
  }
}

function isPicture(field: Field): boolean {
  return /(^|[/_])(source|input|init)_image$/.test(field.pointer);
}

function GroupView({ field }: { field: Field }) {
  const { payload } = useForm();
  return (
    <fieldset className="border-l-2 border-rule pl-4">
      <legend className="-ml-4 mb-3 font-semibold">{field.label}</legend>
      {field.help && <p className="mb-3 text-sm text-soft">{field.help}</p>}
      <FieldGrid fields={visibleMembers(field, payload)} />
    </fieldset>
  );
}

/** Fields side by side as far as they fit: a number needs a quarter of the width, a short text a half. */
export function FieldGrid({ fields }: { fields: readonly Field[] }) {
  return (
    <div className="grid grid-cols-4 gap-x-4 gap-y-5">
      {fields.map(field => (
        <div key={field.pointer} className={`${widthOf(field)} empty:hidden`}>
          <FieldView field={field} />
        </div>
      ))}
    </div>
  );
}

const QUARTER_LETTERS = 10;

function widthOf(field: Field): string {
  const brief =
    field.kind === 'choice' && field.options.every(({ label }) => label.length <= QUARTER_LETTERS);
  if (field.kind === 'number' || (brief && !isRow(field))) return 'col-span-2 sm:col-span-1';
  const half = field.kind === 'flag' || (field.kind === 'text' && !field.long && !isPicture(field));
  return half || (field.kind === 'choice' && !isRow(field)) ? 'col-span-4 sm:col-span-2' : 'col-span-4';
}
