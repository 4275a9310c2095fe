// The switch between fields and raw JSON.
import type { FormState } from './form.ts';

const TABS = [
  { tab: 'form', label: 'Form' },
  { tab: 'json', label: 'JSON' },
] as const;

type Props = {
  tab: FormState['tab'];
  /** The JSON cannot be read, so the form has nothing to show. */
  stuck: boolean;
  onShow: (tab: FormState['tab']) => void;
};

export function Tabs({ tab, stuck, onShow }: Props) {
  return (
    <fieldset className="flex gap-5">
      <legend className="sr-only">How to fill it in</legend>
      {TABS.map(one => (
        <button
          key={one.tab}
          type="button"
          aria-pressed={one.tab === tab}
          disabled={stuck && one.tab !== tab}
          title={stuck && one.tab !== tab ? 'The JSON must be readable first' : undefined}
          className="-mb-px border-b-2 border-transparent pb-2 text-sm font-semibold text-soft hover:text-ink aria-pressed:border-accent aria-pressed:text-ink"
          onClick={() => onShow(one.tab)}
        >
          {one.label}
        </button>
      ))}
    </fieldset>
  );
}
