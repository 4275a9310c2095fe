// Chooses what should be done: one of the actors in the catalog.
import type { Actor } from '../../../client/index.ts';

type Props = { actors: readonly Actor[]; chosen: Actor; onChoose: (name: string) => void };

export function ActorPicker({ actors, chosen, onChoose }: Props) {
  if (actors.length < 2) return null;
  return (
    <label className="mb-2 flex items-center gap-2.5 text-sm">
      <span className="text-soft">Done by</span>
      <select
        className="input min-h-9 w-auto py-1 text-sm"
        value={chosen.name}
        onChange={event => onChoose(event.target.value)}
      >
        {actors.map(({ name, workers }) => (
          <option key={name} value={name}>
            {workers.length > 0 ? name : `${name} (no worker)`}
          </option>
        ))}
      </select>
    </label>
  );
}
