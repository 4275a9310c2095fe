// A picture to start from: one of this server's (by its content id), an address, or a file of this device.
import { useQuery } from '@tanstack/react-query';
import { ImageUp, X } from 'lucide-react';
import { type ChangeEvent, useState } from 'react';
import { contentUrlQuery } from '../../api/queries.ts';
import { useForm } from './context.ts';
import type { FieldOf } from './field.ts';
import { FieldFrame } from './frame.tsx';
import { valueAt } from './pointer.ts';
import { pictureAsDataUrl } from './shrink.ts';

export function PictureField({ field }: { field: FieldOf<'text'> }) {
  const { payload, edit } = useForm();
  const held = valueAt(payload, field.pointer);
  const value = typeof held === 'string' ? held : '';
  const [unread, setUnread] = useState<string>();
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    event.target.value = '';
    if (!file) return;
    pictureAsDataUrl(file).then(
      url => {
        setUnread(undefined);
        edit(field.pointer, url);
      },
      () => setUnread(`“${file.name}” could not be read as a picture.`),
    );
  };
  const preview = usePreview(value);
  const chosen = value.startsWith('data:');
  return (
    <FieldFrame field={field}>
      {input => (
        <>
          <div className="flex flex-wrap items-center gap-2">
            {preview && <img src={preview} alt="" className="picture-well size-16 rounded-sm object-cover" />}
            {chosen ? (
              <button
                type="button"
                id={input.id}
                className="button"
                onClick={() => edit(field.pointer, undefined)}
              >
                <X aria-hidden size={16} />
                Remove the chosen file
              </button>
            ) : (
              <input
                {...input}
                className="input w-auto min-w-48 flex-1"
                placeholder="gc_… or https://…"
                autoComplete="off"
                value={value}
                onChange={event => edit(field.pointer, event.target.value || undefined)}
              />
            )}
            <FileButton onChoose={choose} />
          </div>
          {unread && (
            <p role="alert" className="text-sm font-medium text-failed">
              {unread}
            </p>
          )}
        </>
      )}
    </FieldFrame>
  );
}

/** What to show of the picture already: a chosen file itself, or what this server keeps under the id. */
function usePreview(value: string): string | undefined {
  const stored = /^gc_[\w-]+$/.test(value);
  const { data } = useQuery({ ...contentUrlQuery(value), enabled: stored });
  return value.startsWith('data:image/') ? value : stored ? data : undefined;
}

function FileButton({ onChoose }: { onChoose: (event: ChangeEvent<HTMLInputElement>) => void }) {
  return (
    <label className="button has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent">
      <ImageUp aria-hidden size={16} />
      Choose a file
      <input type="file" accept="image/*" className="sr-only" onChange={onChoose} />
    </label>
  );
}
