// The dead letters by actor and kind of error: how many, since when, and what to do with all of them.
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { DeadFilter, DeadGroup } from '../../../client/index.ts';
import { deadGroupsQuery } from '../../api/lists.ts';
import { Moment } from '../moment.tsx';
import { BulkButton } from './bulk-button.tsx';
import { filterWords } from './words.ts';

/** The address of the page for one group. */
function deadHref({ actor, error_type }: Pick<DeadGroup, 'actor' | 'error_type'>): string {
  return `/dead?${new URLSearchParams({ actor, error_type }).toString()}`;
}

type Props = { chosen: DeadFilter; onDone: (words: string) => void };

export function DeadGroups({ chosen, onDone }: Props) {
  const { data: groups } = useQuery(deadGroupsQuery);
  if (!groups || groups.length === 0) return null;
  return (
    <section aria-labelledby="groups" className="mb-9">
      <h2 id="groups" className="caption border-b-2 border-ink pb-1.5">
        By actor and kind of error
      </h2>
      <ul>
        {groups.map(group => (
          <GroupRow
            key={`${group.actor} ${group.error_type}`}
            group={group}
            chosen={chosen}
            onDone={onDone}
          />
        ))}
      </ul>
    </section>
  );
}

function GroupRow({ group, chosen, onDone }: Props & { group: DeadGroup }) {
  const { actor, error_type, count, latest_at } = group;
  const filter = { actor, error_type };
  const here = chosen.actor === actor && chosen.error_type === error_type;
  return (
    <li className="flex flex-wrap items-center gap-x-5 gap-y-2 border-b border-rule py-2.5">
      <span className="w-16 text-right text-xl font-semibold tabular-nums">{count.toLocaleString('en')}</span>
      <span className="min-w-48 flex-1">
        <Link
          href={here ? '/dead' : deadHref(filter)}
          aria-current={here ? 'true' : undefined}
          className="font-medium wrap-anywhere underline aria-[current]:decoration-accent aria-[current]:decoration-2"
        >
          <span className="font-mono">{error_type}</span>
        </Link>
        <span className="block text-sm text-soft">
          {actor} · latest <Moment at={latest_at} />
        </span>
      </span>
      <span className="flex gap-2">
        <BulkButton action="retry" filter={filter} what={filterWords(filter)} onDone={onDone} />
        <BulkButton action="dismiss" filter={filter} what={filterWords(filter)} onDone={onDone} />
      </span>
    </li>
  );
}
