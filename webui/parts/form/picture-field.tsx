// A picture to start from: one of this server's (by its content id), an address, or a file of this device.
import { useQuery } from '@tanstack/react-query';
import { ImageUp, X } from 'lucide-react';
import { type ChangeEvent, useState } from 'react';
import { contentUrlQuery } from '../../api/queries.ts';
import { useForm } from './context.ts';
import type { FieldOf } from './field.ts';
import { FieldFrame, type InputProps } from './frame.tsx';
import { valueAt } from './pointer.ts';
import { pictureAsDataUrl } from './shrink.ts';

export function PictureField({ field }: { field: FieldOf<'text'> }) {
  const { payload, edit } = useForm();
  const held = valueAt(payload, field.pointer);
  const value = typeof held === 'string' ? held : '';
  const change = (next: string) => edit(field.pointer, next === '' ? undefined : next);
  const { unread, choose } = useFile(change);
  const preview = usePreview(value);
  return (
    <FieldFrame field={field}>
      {input => (
        <>
          <div className="flex flex-wrap items-center gap-2">
            {preview && <img src={preview} alt="" className="picture-well size-16 rounded-sm object-cover" />}
            <Address input={input} value={value} onChange={change} />
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

type AddressProps = { input: InputProps; value: string; onChange: (value: string) => void };

/** The id or address to type; a chosen file is too long to show and can only be removed. */
function Address({ input, value, onChange }: AddressProps) {
  if (value.startsWith('data:')) {
    return (
      <button type="button" id={input.id} className="button" onClick={() => onChange('')}>
        <X aria-hidden size={16} />
        Remove the chosen file
      </button>
    );
  }
  return (
    <input
      {...input}
      className="input w-auto min-w-48 flex-1"
      placeholder="gc_… or https://…"
      autoComplete="off"
      value={value}
      onChange={event => onChange(event.target.value)}
    />
  );
}

/** Reads a chosen file; `unread` says why the last one could not be. */
function useFile(onRead: (dataUrl: string) => void) {
  const [unread, setUnread] = useState<string>();
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    const file = event.target.files?.[0];
    // Without this the same file could not be chosen twice.
    event.target.value = '';
    if (!file) return;
    pictureAsDataUrl(file).then(
      dataUrl => {
        setUnread(undefined);
        onRead(dataUrl);
      },
      () => setUnread(`“${file.name}” could not be read as a picture.`),
    );
  };
  return { unread, choose };
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
