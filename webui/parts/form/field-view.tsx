// Draws a field by its kind; a group is a fieldset of its members.
import { ChoiceField } from './choice-field.tsx';
import { useForm } from './context.ts';
import type { Field } from './field.ts';
import { FlagField, JsonField, ListField, NumberField, TextField } from './inputs.tsx';
import { visibleMembers } from './payload.ts';
import { PictureField } from './picture-field.tsx';

export function FieldView({ field }: { field: Field }) {
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

/** Fields in two columns where there is room; long ones take the whole width. */
export function FieldGrid({ fields }: { fields: readonly Field[] }) {
  return (
    <div className="grid gap-x-5 gap-y-5 sm:grid-cols-2">
      {fields.map(field => (
        <div key={field.pointer} className={isWide(field) ? 'sm:col-span-2' : 'empty:hidden'}>
          <FieldView field={field} />
        </div>
      ))}
    </div>
  );
}

function isWide(field: Field): boolean {
  if (field.kind === 'text') return field.long || isPicture(field);
  return (
    ['group', 'cases', 'json', 'list'].includes(field.kind) || (field.kind === 'choice' && field.required)
  );
}
