// The picture in a picture field: on its way, or there.
import { useQuery } from '@tanstack/react-query';
import { ImageOff, Link2, X } from 'lucide-react';
import type { Content } from '../../../client/index.ts';
import { client } from '../../api/client.ts';
import { isContentId } from '../../api/contents.ts';
import { contentQuery } from '../../api/queries.ts';
import { isMissing } from '../../api/trouble.ts';
import { contentWords } from '../media/words.ts';
import type { Upload } from './uploads.ts';

const FRAME = 'picture-well grid size-18 shrink-0 place-items-center rounded-sm object-contain';

type SentProps = { upload: Extract<Upload, { phase: 'sending' }>; onStop: () => void };

/** A picture that is being uploaded, and how much of it has gone. */
export function SentPicture({ upload, onStop }: SentProps) {
  const percent = Math.round(upload.fraction * 100);
  return (
    <>
      <img src={upload.preview} alt="" className={FRAME} />
      <div className="min-w-40 flex-1">
        <p className="flex justify-between gap-3 text-sm">
          <span className="truncate font-medium">{upload.name}</span>
          <span className="tabular-nums">{percent === 100 ? 'Looking at it…' : `${percent} %`}</span>
        </p>
        <div
          role="progressbar"
          aria-label={`Upload of ${upload.name}`}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={percent}
          className="thin-track state-running mt-2"
        >
          <div className="thin-fill" style={{ width: `${percent}%` }} />
        </div>
      </div>
      <button type="button" className="button" onClick={onStop}>
        <X aria-hidden size={16} />
        Stop
      </button>
    </>
  );
}

/** The picture that the field holds; nothing when it holds none. */
export function HeldPicture({ value, onRemove }: { value: string; onRemove: () => void }) {
  const stored = isContentId(value);
  const { data: content, error } = useQuery({ ...contentQuery(value), enabled: stored });
  if (value === '') return null;
  const unknown = isMissing(error);
  return (
    <>
      <Preview value={value} content={content} broken={unknown} />
      <div className="min-w-40 flex-1 text-sm">
        {unknown && <p className="font-medium text-failed">There is no such picture here.</p>}
        {content && <p className="font-medium">{contentWords(content)}</p>}
        <p className="font-mono text-xs wrap-anywhere text-soft">
          {value.startsWith('data:') ? 'inside the payload itself' : value}
        </p>
      </div>
      <button type="button" className="button" onClick={onRemove}>
        <X aria-hidden size={16} />
        Remove
        <span className="sr-only"> the picture</span>
      </button>
    </>
  );
}

type PreviewProps = { value: string; content: Content | undefined; broken: boolean };

function Preview({ value, content, broken }: PreviewProps) {
  const inside = value.startsWith('data:image/') ? value : null;
  const source = content ? client.contents.urlOf(content, { thumbnail: true }) : inside;
  if (source) return <img src={source} alt="What it starts from" className={FRAME} />;
  const Icon = broken ? ImageOff : Link2;
  return (
    <span className={FRAME}>
      <Icon aria-hidden size={22} className="text-soft" />
    </span>
  );
}
