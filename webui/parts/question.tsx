// Asks before something is done that cannot be undone, and names what it will touch.
import { type ReactNode, type RefObject, useId } from 'react';

type Answers = {
  /** The two answers. */
  keep: string;
  agree: string;
  /** Whether agreeing takes something away. */
  grave?: boolean;
  /** Nothing can be agreed to yet, or at all. */
  disabled?: boolean;
  onAgree: () => void;
};

type Props = Answers & {
  dialog: RefObject<HTMLDialogElement | null>;
  title: string;
  children: ReactNode;
};

/** Opened by `dialog.current.showModal()`; closed by either answer and by Escape. */
export function Question({ dialog, title, children, onAgree, ...answers }: Props) {
  const id = useId();
  const close = () => dialog.current?.close();
  const agree = () => {
    close();
    onAgree();
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      className="m-auto w-[calc(100%-2rem)] max-w-md rounded-md border border-rule bg-sheet p-6 text-ink shadow-lg"
    >
      <h2 id={id} className="text-lg font-semibold">
        {title}
      </h2>
      <div className="mt-2 text-soft">{children}</div>
      <AnswerButtons {...answers} onKeep={close} onAgree={agree} />
    </dialog>
  );
}

function AnswerButtons({
  keep,
  agree,
  grave = true,
  disabled = false,
  onKeep,
  onAgree,
}: Answers & { onKeep: () => void }) {
  return (
    <div className="mt-6 flex flex-wrap justify-end gap-3">
      <button type="button" className="button" onClick={onKeep}>
        {keep}
      </button>
      <button
        type="button"
        className={`button ${grave ? 'button-grave' : 'button-main'}`}
        disabled={disabled}
        onClick={onAgree}
      >
        {agree}
      </button>
    </div>
  );
}
