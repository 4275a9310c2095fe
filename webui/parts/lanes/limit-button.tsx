// Sets the limit of a lane: a number, none, or again what the code says.
import { SlidersHorizontal } from 'lucide-react';
import { type ReactNode, useId, useRef, useState } from 'react';
import type { Lane } from '../../../client/index.ts';
import { FieldProblemText } from '../form/frame.tsx';
import { Question } from '../question.tsx';
import { type Change, laneName, limitWords, readLimit } from './words.ts';

type Props = { lane: Lane; name: ReactNode; disabled: boolean; onChange: Change };

export function LimitButton({ lane, name, disabled, onChange }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [kind, setKind] = useState<Kind>('number');
  const [text, setText] = useState('');
  const open = () => {
    setKind(lane.limit === null ? 'none' : 'number');
    setText(String(lane.limit ?? lane.default_limit ?? ''));
    dialog.current?.showModal();
  };
  const asked = read(kind, text);
  const agree = () => {
    if ('problem' in asked) return;
    onChange({ limit: asked.limit }, `${laneName(lane)}: ${saidOf(asked.limit, lane)}.`);
  };
  return (
    <>
      <button type="button" className="button min-h-9 text-sm" disabled={disabled} onClick={open}>
        <SlidersHorizontal aria-hidden size={15} />
        Limit{name}
      </button>
      <Question
        dialog={dialog}
        title={`How many of ${laneName(lane)} may run at once?`}
        keep="Leave it"
        agree="Set the limit"
        grave={false}
        disabled={'problem' in asked}
        onAgree={agree}
      >
        <Kinds lane={lane} kind={kind} onKind={setKind} />
        {kind === 'number' && (
          <NumberField
            text={text}
            problem={'problem' in asked ? asked.problem : undefined}
            onText={setText}
          />
        )}
        <p className="mt-3 text-sm">
          It is in force at every worker's next look. What runs already finishes, also above a lower limit.
        </p>
      </Question>
    </>
  );
}

type Kind = 'number' | 'none' | 'default';

function read(kind: Kind, text: string): { limit: number | null | 'default' } | { problem: string } {
  if (kind === 'number') return readLimit(text);
  return { limit: kind === 'none' ? null : 'default' };
}

function saidOf(limit: number | null | 'default', { default_limit }: Lane): string {
  return limit === 'default' ? limitWords(default_limit) : limitWords(limit);
}

function Kinds({ lane, kind, onKind }: { lane: Lane; kind: Kind; onKind: (kind: Kind) => void }) {
  const group = useId();
  const kinds: [Kind, string][] = [
    ['number', 'So many'],
    ['none', 'Any number'],
    ['default', `What the code says: ${limitWords(lane.default_limit)}`],
  ];
  return (
    <fieldset className="mt-1 flex flex-col gap-2 text-ink">
      <legend className="sr-only">Kind of limit</legend>
      {kinds.map(([value, words]) => (
        <label key={value} className="flex items-center gap-2.5">
          <input
            type="radio"
            name={group}
            value={value}
            className="size-4 accent-(--accent)"
            checked={kind === value}
            onChange={() => onKind(value)}
          />
          {words}
        </label>
      ))}
    </fieldset>
  );
}

type NumberProps = { text: string; problem: string | undefined; onText: (text: string) => void };

function NumberField({ text, problem, onText }: NumberProps) {
  const id = useId();
  return (
    <div className="mt-3 flex flex-col gap-1.5 text-ink">
      <label htmlFor={id} className="font-semibold">
        Tasks at once
      </label>
      <input
        id={id}
        className="input max-w-32 tabular-nums"
        inputMode="numeric"
        autoComplete="off"
        value={text}
        aria-invalid={problem !== undefined}
        aria-describedby={problem ? `${id}:problem` : undefined}
        onChange={event => onText(event.target.value)}
      />
      <FieldProblemText id={id} problem={problem} />
    </div>
  );
}
