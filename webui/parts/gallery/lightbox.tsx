// One picture of the gallery, large, with how it was made and what can be made of it.
import { ArrowLeft, ArrowRight, ExternalLink, ListVideo, X } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link } from 'wouter';
import type { Content, Generation } from '../../../client/index.ts';
import { client } from '../../api/client.ts';
import { StartFrom, UseAgain } from '../media/actions.tsx';
import { Shown } from '../media/shown.tsx';
import { isMoving, promptOf } from '../media/words.ts';
import { Facts } from './facts.tsx';

type Props = {
  content: Content;
  /** Null for a picture that somebody uploaded. */
  generation: Generation | null;
  /** The neighbours' ids; null at either end. */
  before: string | null;
  after: string | null;
  onShow: (content_id: string) => void;
  onClose: () => void;
};

export function Lightbox({ content, generation, before, after, onShow, onClose }: Props) {
  const title = generation ? promptOf(generation) : 'An uploaded picture';
  return (
    <Frame title={title} onClose={onClose} onKey={key => goBy(key, { before, after, onShow })}>
      <div className="grid min-h-0 gap-6 p-4 sm:p-6 lg:grid-cols-[minmax(0,1fr)_20rem]">
        <div className="grid min-h-48 place-items-center">
          <Shown
            key={content.content_id}
            url={client.contents.urlOf(content)}
            kind={content.content_type.startsWith('video/') ? 'video' : 'image'}
            name={title}
            width={content.width ?? 1280}
            height={content.height ?? 720}
            className="h-auto max-h-[72vh] w-auto max-w-full"
          />
        </div>
        <div className="flex min-w-0 flex-col gap-5">
          <h2
            id="lightbox-title"
            className="max-h-48 overflow-y-auto text-xl leading-snug font-semibold wrap-anywhere"
          >
            {title}
          </h2>
          <Steps before={before} after={after} onShow={onShow} />
          <Actions content={content} generation={generation} />
          <Facts content={content} generation={generation} />
        </div>
      </div>
    </Frame>
  );
}

type FrameProps = { title: string; onClose: () => void; onKey: (key: string) => void; children: ReactNode };

/** The dialog itself: open for as long as it is there. */
function Frame({ title, onClose, onKey, children }: FrameProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    // Closed by hand, so that the browser gives the focus back to where it came from.
    return () => shown?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label={title}
      className="m-auto max-h-[94vh] w-[min(72rem,94vw)] max-w-none overflow-y-auto rounded-md border border-rule bg-sheet text-ink shadow-lg"
      onCancel={event => {
        event.preventDefault();
        onClose();
      }}
      onKeyDown={event => onKey(event.key)}
      onClick={event => event.target === dialog.current && onClose()}
    >
      <button
        type="button"
        className="absolute top-2 right-2 grid size-10 place-items-center rounded-sm bg-sheet text-soft hover:text-ink"
        onClick={onClose}
      >
        <X aria-hidden size={20} />
        <span className="sr-only">Close</span>
      </button>
      {children}
    </dialog>
  );
}

function goBy(key: string, { before, after, onShow }: Pick<Props, 'before' | 'after' | 'onShow'>): void {
  const target = key === 'ArrowLeft' ? before : key === 'ArrowRight' ? after : null;
  if (target !== null) onShow(target);
}

function Steps({ before, after, onShow }: Pick<Props, 'before' | 'after' | 'onShow'>) {
  return (
    <div className="flex gap-2">
      <button
        type="button"
        className="button"
        disabled={before === null}
        onClick={() => before !== null && onShow(before)}
      >
        <ArrowLeft aria-hidden size={16} />
        Newer
      </button>
      <button
        type="button"
        className="button"
        disabled={after === null}
        onClick={() => after !== null && onShow(after)}
      >
        Older
        <ArrowRight aria-hidden size={16} />
      </button>
    </div>
  );
}

const LINK = 'flex items-center gap-2 underline';

function Actions({ content, generation }: Pick<Props, 'content' | 'generation'>) {
  const task_id = generation?.task_id ?? null;
  return (
    <div className="flex flex-col gap-2">
      {!isMoving(content, generation?.operation) && (
        <StartFrom from={task_id} source={content.content_id} className={LINK} />
      )}
      {task_id !== null && <UseAgain from={task_id} className={LINK} />}
      {task_id !== null && (
        <Link className={LINK} href={`/tasks/${task_id}`}>
          <ListVideo aria-hidden size={15} />
          See its task
        </Link>
      )}
      <a className={LINK} href={client.contents.urlOf(content)} target="_blank" rel="noreferrer">
        <ExternalLink aria-hidden size={15} />
        Open the full file
      </a>
    </div>
  );
}
