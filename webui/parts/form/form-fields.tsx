// The fields of the form in their three ranks: the large ones with ideas, the plain ones, the folded ones.
import { ChevronRight } from 'lucide-react';
import { useForm } from './context.ts';
import type { Field } from './field.ts';
import { FieldGrid } from './field-view.tsx';
import { layOut } from './layout.ts';
import { valueAt } from './pointer.ts';

export function FormFields({ root }: { root: Field }) {
  const { payload, problems, profile } = useForm();
  const { lead, main, more } = layOut(root, payload, profile);
  // A problem must not hide: its field is unfolded with it.
  const open = more.some(field => [...problems.keys()].some(pointer => pointer.startsWith(field.pointer)));
  return (
    <div className="flex flex-col gap-6">
      {lead.length > 0 && <FieldGrid fields={lead} />}
      {lead[0] && <Ideas field={lead[0]} ideas={profile.ideas} />}
      {main.length > 0 && <FieldGrid fields={main} />}
      {more.length > 0 && (
        <details className="group border-y border-rule" open={open || undefined}>
          <summary className="flex items-center gap-2 py-3 font-semibold marker:content-none [&::-webkit-details-marker]:hidden">
            <ChevronRight aria-hidden size={16} className="group-open:rotate-90" />
            More settings
          </summary>
          <div className="pt-2 pb-6">
            <FieldGrid fields={more} />
          </div>
        </details>
      )}
    </div>
  );
}

function Ideas({ field, ideas }: { field: Field; ideas: readonly string[] }) {
  const { payload, edit } = useForm();
  const value = valueAt(payload, field.pointer);
  if (ideas.length === 0) return null;
  return (
    <div className="-mt-2">
      <p className="text-sm text-soft">No idea yet? Take one of these.</p>
      <ul className="mt-2 flex flex-wrap gap-2">
        {ideas.map(idea => (
          <li key={idea}>
            <button
              type="button"
              aria-pressed={value === idea}
              className="rounded-full border border-edge px-3 py-1 text-left text-sm hover:border-ink aria-pressed:border-ink aria-pressed:bg-sheet"
              onClick={() => edit(field.pointer, idea)}
            >
              {idea}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
