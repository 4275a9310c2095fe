// A picture to start from: one of this server's (by its content id), an address, or a file of this device.
import { ImageUp, X } from 'lucide-react';
import { type ChangeEvent, useState } from 'react';
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
  return (
    <FieldFrame field={field}>
      {input => (
        <>
          <div className="flex flex-wrap gap-2">
            {value.startsWith('data:image/') ? (
              <Chosen url={value} id={input.id} onRemove={() => edit(field.pointer, undefined)} />
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
            <label className="button has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent">
              <ImageUp aria-hidden size={16} />
              Choose a file
              <input type="file" accept="image/*" className="sr-only" onChange={choose} />
            </label>
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

function Chosen({ url, id, onRemove }: { url: string; id: string; onRemove: () => void }) {
  return (
    <span className="flex items-center gap-3">
      <img src={url} alt="The chosen file" className="size-16 rounded-sm object-cover" />
      <button type="button" id={id} className="button" onClick={onRemove}>
        <X aria-hidden size={16} />
        Remove
      </button>
    </span>
  );
}
