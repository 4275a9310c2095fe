// The dead letters: by kind, and one by one. What they are narrowed to stands in the address.
import { X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import type { DeadFilter } from '../../client/index.ts';
import { useWatch } from '../api/live.tsx';
import { DeadGroups } from '../parts/dead/groups.tsx';
import { DeadLetters } from '../parts/dead/letters.tsx';
import { filterWords } from '../parts/dead/words.ts';
import { Said } from '../parts/said.tsx';

export function DeadPage() {
  useWatch('all');
  useEffect(() => {
    document.title = 'Dead letters · Callsheet';
  }, []);
  const [search] = useSearchParams();
  const filter = readFilter(search);
  const [said, setSaid] = useState('');
  return (
    <>
      <h1 className="text-4xl leading-tight">Dead letters</h1>
      <p className="mt-1 mb-6 max-w-prose text-soft">Tasks that failed for good and wait for a decision.</p>
      <Said>{said}</Said>
      <DeadGroups chosen={filter} onDone={setSaid} />
      {Object.keys(filter).length > 0 && <Narrowed filter={filter} />}
      <DeadLetters filter={filter} onDone={setSaid} />
    </>
  );
}

function readFilter(search: URLSearchParams): DeadFilter {
  const [actor, error_type] = [search.get('actor'), search.get('error_type')];
  return { ...(actor && { actor }), ...(error_type && { error_type }) };
}

function Narrowed({ filter }: { filter: DeadFilter }) {
  return (
    <p className="mb-3 flex flex-wrap items-center gap-3">
      <span>
        Only <span className="font-mono text-sm">{filterWords(filter)}</span>
      </span>
      <Link href="/dead" className="button min-h-9 text-sm">
        <X aria-hidden size={15} />
        Show all
      </Link>
    </p>
  );
}
