// The switch between fields and raw JSON.
import type { Dispatch } from 'react';
import type { FormAction, FormState } from './form.ts';

const TABS = [
  { tab: 'form', label: 'Form' },
  { tab: 'json', label: 'JSON' },
] as const;

export function Tabs({ state, dispatch }: { state: FormState; dispatch: Dispatch<FormAction> }) {
  // JSON that cannot be read gives the form nothing to show.
  const stuck = (tab: FormState['tab']) => tab !== state.tab && state.textProblem !== null;
  return (
    <fieldset className="flex gap-5">
      <legend className="sr-only">How to fill it in</legend>
      {TABS.map(({ tab, label }) => (
        <button
          key={tab}
          type="button"
          aria-pressed={tab === state.tab}
          disabled={stuck(tab)}
          title={stuck(tab) ? 'The JSON must be readable first' : undefined}
          className="-mb-px border-b-2 border-transparent pb-2 text-sm font-semibold text-soft hover:text-ink aria-pressed:border-accent aria-pressed:text-ink"
          onClick={() => dispatch({ type: 'show', tab })}
        >
          {label}
        </button>
      ))}
    </fieldset>
  );
}
