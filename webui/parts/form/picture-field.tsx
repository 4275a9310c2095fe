// A picture to start from: chosen, dropped or pasted here and uploaded, one that this server keeps already, or an address.
import { ImageUp, RotateCw } from 'lucide-react';
import { isContentId } from '../../api/contents.ts';
import { useForm } from './context.ts';
import type { FieldOf } from './field.ts';
import { FieldFrame, type InputProps } from './frame.tsx';
import { useOutsideFile } from './outside.ts';
import { HeldPicture, SentPicture } from './picture.tsx';
import { valueAt } from './pointer.ts';
import type { Upload } from './uploads.ts';

export function PictureField({ field }: { field: FieldOf<'text'> }) {
  const { payload, edit, uploads } = useForm();
  const { pointer } = field;
  const held = valueAt(payload, pointer);
  const value = typeof held === 'string' ? held : '';
  const upload = uploads.at(pointer);
  const change = (next: string) => edit(pointer, next === '' ? undefined : next);
  const send = (file: File) => uploads.send(pointer, file);
  const isOver = useOutsideFile(send);
  return (
    <FieldFrame field={field}>
      {input => (
        <>
          <div
            data-over={isOver || undefined}
            className="flex min-h-24 flex-wrap items-center gap-x-4 gap-y-3 rounded-md border border-dashed border-edge bg-well p-3 data-over:border-solid data-over:border-accent data-over:bg-sheet"
          >
            {upload?.phase === 'sending' ? (
              <SentPicture upload={upload} onStop={() => uploads.stop(pointer)} />
            ) : (
              <HeldPicture value={value} onRemove={() => change('')} />
            )}
            <FileButton input={input} again={value !== '' || upload?.phase === 'sending'} onChoose={send} />
            {value === '' && !upload && (
              <p className="text-sm text-soft">or drop it here, or paste it. It stays on your server.</p>
            )}
          </div>
          <Refusal upload={upload} onAgain={send} />
          <p role="status" className="sr-only">
            {upload?.phase === 'sending' && `Uploading ${upload.name}`}
            {!upload && isContentId(value) && 'The picture is there.'}
          </p>
          <Address input={input} value={value} onChange={change} />
        </>
      )}
    </FieldFrame>
  );
}

type FileButtonProps = { input: InputProps; again: boolean; onChoose: (file: File) => void };

function FileButton({ input, again, onChoose }: FileButtonProps) {
  const { 'aria-required': _required, ...described } = input;
  return (
    <label className="button has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent">
      <ImageUp aria-hidden size={16} />
      {again ? 'Choose another' : 'Choose a picture'}
      <input
        {...described}
        type="file"
        accept="image/*"
        className="sr-only"
        onChange={event => {
          const file = event.target.files?.[0];
          // Without this the same file could not be chosen twice.
          event.target.value = '';
          if (file) onChoose(file);
        }}
      />
    </label>
  );
}

function Refusal({ upload, onAgain }: { upload: Upload | undefined; onAgain: (file: File) => void }) {
  if (upload?.phase !== 'refused') return null;
  const { text, file } = upload;
  return (
    <div role="alert" className="flex flex-wrap items-center gap-3 text-sm font-medium text-failed">
      <p className="wrap-anywhere">{text}</p>
      {file && (
        <button type="button" className="button min-h-9 text-ink" onClick={() => onAgain(file)}>
          <RotateCw aria-hidden size={15} />
          Try again
        </button>
      )}
    </div>
  );
}

type AddressProps = { input: InputProps; value: string; onChange: (value: string) => void };

function Address({ input, value, onChange }: AddressProps) {
  // A picture inside the payload itself is too long to show.
  if (value.startsWith('data:')) return null;
  return (
    <details className="text-sm">
      <summary className="w-fit py-1 text-soft hover:text-ink">Use an id or an address instead</summary>
      <input
        className="input mt-1 font-mono"
        aria-label="Id or address of the picture"
        aria-invalid={input['aria-invalid']}
        placeholder="gc_… or https://…"
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={event => onChange(event.target.value)}
      />
    </details>
  );
}
