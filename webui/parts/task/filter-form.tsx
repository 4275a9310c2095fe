// What a list of tasks is narrowed to: one field for each thing that the server can look for.
import type { ReactNode } from 'react';
import type { TaskStatus } from '../../../client/index.ts';
import type { TaskChoice } from '../../api/lists.ts';

const statuses: TaskStatus[] = ['scheduled', 'queued', 'processing', 'completed', 'failed', 'cancelled'];

const filterFields: { name: keyof TaskChoice; label: string }[] = [
  { name: 'status', label: 'Status' },
  { name: 'actor', label: 'Actor' },
  { name: 'tag', label: 'Tag' },
  { name: 'workflow_run_id', label: 'Workflow run' },
  { name: 'concurrency_identifier', label: 'Limit key' },
  { name: 'worker_id', label: 'Worker' },
];

type Props = { filter: TaskChoice; onChoose: (filter: TaskChoice) => void; children: ReactNode };

/** `children` stand behind the button that shows what was chosen. */
export function TaskFilterForm({ filter, onChoose, children }: Props) {
  return (
    <search>
      <form
        className="mb-5 flex flex-wrap items-end gap-3"
        onSubmit={event => {
          event.preventDefault();
          onChoose(readFilter(new FormData(event.currentTarget)));
        }}
      >
        {filterFields.map(({ name, label }) => (
          <label key={name} htmlFor={`filter-${name}`} className="flex flex-col gap-1 text-sm">
            <span className="text-soft">{label}</span>
            {name === 'status' ? (
              <StatusChoice chosen={filter.status ?? ''} />
            ) : (
              <input
                id={`filter-${name}`}
                name={name}
                className="input min-h-9 w-36 py-1 text-sm"
                placeholder="any"
                autoComplete="off"
                maxLength={200}
                defaultValue={filter[name] ?? ''}
              />
            )}
          </label>
        ))}
        <button type="submit" className="button min-h-9 text-sm">
          Show
        </button>
        {children}
      </form>
    </search>
  );
}

function StatusChoice({ chosen }: { chosen: string }) {
  return (
    <select
      id="filter-status"
      name="status"
      className="input min-h-9 w-36 py-1 text-sm"
      defaultValue={chosen}
    >
      <option value="">any</option>
      {statuses.map(status => (
        <option key={status}>{status}</option>
      ))}
    </select>
  );
}

/** What a form or an address says of the fields, without what is empty. */
export function readFilter(said: { get: (name: string) => unknown }): TaskChoice {
  const fields = filterFields.map(({ name }) => {
    const value = said.get(name);
    return [name, typeof value === 'string' ? value.trim() : ''] as const;
  });
  return Object.fromEntries(fields.filter(([, value]) => value));
}
