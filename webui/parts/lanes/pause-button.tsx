// Pauses a lane, once somebody has said that this is meant.
import { Pause } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import type { Lane } from '../../../client/index.ts';
import { Question } from '../question.tsx';
import { type Change, laneName } from './words.ts';

type Props = { lane: Lane; name: ReactNode; disabled: boolean; onChange: Change };

export function PauseButton({ lane, name, disabled, onChange }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <button
        type="button"
        className="button min-h-9 text-sm"
        disabled={disabled}
        onClick={() => dialog.current?.showModal()}
      >
        <Pause aria-hidden size={15} />
        Pause{name}
      </button>
      <Question
        dialog={dialog}
        title={`Pause ${laneName(lane)}?`}
        keep="Leave it"
        agree="Pause the lane"
        grave={false}
        onAgree={() => onChange({ paused: true }, `${laneName(lane)} is paused.`)}
      >
        <p>No worker takes a task of it until it is resumed. What runs finishes, and new tasks wait.</p>
      </Question>
    </>
  );
}
