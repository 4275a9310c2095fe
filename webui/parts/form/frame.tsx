// The frame of one field: its name, whether it is needed, help, and what is wrong with it.
import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useForm } from './context.ts';
import type { Field } from './field.ts';

/** Ties an input to its frame: spread onto the input itself. */
export type InputProps = {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': boolean;
  'aria-required': boolean;
};

/** The attributes of the field's input, and the texts around it. */
export function useField(field: Field): {
  input: InputProps;
  label: string;
  help: string | null;
  problem: string | undefined;
} {
  const { problems, profile } = useForm();
  const problem = problems.get(field.pointer);
  const id = `field${field.pointer}`;
  const help = profile.plain.includes(field.pointer) ? null : field.help;
  const described = [help && `${id}:help`, problem && `${id}:problem`].filter(Boolean).join(' ');
  return {
    label: profile.words[field.pointer] ?? field.label,
    help,
    problem,
    input: {
      id,
      'aria-describedby': described || undefined,
      'aria-invalid': problem !== undefined,
      'aria-required': field.required,
    },
  };
}

export function FieldFrame({
  field,
  children,
}: {
  field: Field;
  children: (input: InputProps) => ReactNode;
}) {
  const { input, label, help, problem } = useField(field);
  const large = useForm().profile.lead.includes(field.pointer);
  return (
    <div className="flex flex-col gap-1.5">
      <label htmlFor={input.id} className={large ? 'text-lg font-semibold' : 'font-semibold'}>
        {label}
        <Needed field={field} />
      </label>
      {children(input)}
      <Help id={input.id} help={help} />
      <FieldProblemText id={input.id} problem={problem} />
    </div>
  );
}

export function Needed({ field }: { field: Field }) {
  if (!field.required) return null;
  return (
    <span aria-hidden="true" title="Needed" className="ml-1 text-accent">
      *
    </span>
  );
}

export function Help({ id, help }: { id: string; help: string | null }) {
  if (!help) return null;
  return (
    <p id={`${id}:help`} className="text-sm text-soft">
      {help}
    </p>
  );
}

export function FieldProblemText({ id, problem }: { id: string; problem: string | undefined }) {
  if (!problem) return null;
  return (
    <p id={`${id}:problem`} className="flex items-start gap-1.5 text-sm font-medium text-failed">
      <CircleAlert aria-hidden size={15} className="mt-0.5 shrink-0" />
      {problem}
    </p>
  );
}
