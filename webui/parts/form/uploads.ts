// The uploads of a form: what is on its way to which field, how far it is, and why one was refused. They outlive the tab
// that shows them.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Content } from '../../api/contents.ts';
import { Problem } from '../../api/http.ts';
import { contentQuery } from '../../api/queries.ts';
import { uploadPicture } from '../../api/upload.ts';
import { refusalBefore, refusalWords } from './refusal.ts';

export type Upload =
  | { phase: 'sending'; name: string; fraction: number; preview: string }
  /** `file` is there when sending it again may help. */
  | { phase: 'refused'; text: string; file: File | null };

export type Uploads = {
  at: (pointer: string) => Upload | undefined;
  /** Pointers of the fields whose picture is still on its way. */
  pending: string[];
  send: (pointer: string, file: File) => void;
  /** Ends what is on its way to the field, and forgets why something was refused. */
  stop: (pointer: string) => void;
};

/** `onStored` is called with each picture that has arrived. */
export function useUploads(
  workflow_run_id: string,
  onStored: (pointer: string, content: Content) => void,
): Uploads {
  const [uploads, setUploads] = useState<Readonly<Record<string, Upload>>>({});
  const running = useRef(new Map<string, AbortController>());
  const latest = useRef(onStored);
  latest.current = onStored;
  const queries = useQueryClient();
  useEffect(() => {
    const all = running.current;
    return () => {
      for (const stopper of all.values()) stopper.abort();
    };
  }, []);

  const put = (pointer: string, upload: Upload) => setUploads(all => ({ ...all, [pointer]: upload }));
  const stop = (pointer: string) => {
    running.current.get(pointer)?.abort();
    running.current.delete(pointer);
    setUploads(({ [pointer]: _gone, ...others }) => others);
  };
  const send = (pointer: string, file: File) => {
    stop(pointer);
    const refusal = refusalBefore(file);
    if (refusal) return put(pointer, { phase: 'refused', text: refusal, file: null });
    const stopper = new AbortController();
    running.current.set(pointer, stopper);
    const preview = URL.createObjectURL(file);
    const tell = (fraction: number) => put(pointer, { phase: 'sending', name: file.name, fraction, preview });
    tell(0);
    const onProgress = (fraction: number) => stopper.signal.aborted || tell(fraction);
    uploadPicture(file, { workflow_run_id, onProgress, signal: stopper.signal })
      .then(
        content => {
          queries.setQueryData(contentQuery(content.content_id).queryKey, content);
          stop(pointer);
          latest.current(pointer, content);
        },
        error => {
          stop(pointer);
          const again = error instanceof Problem && (error.status === 0 || error.status >= 500);
          put(pointer, { phase: 'refused', text: refusalWords(file, error), file: again ? file : null });
        },
      )
      .finally(() => URL.revokeObjectURL(preview));
  };
  const pending = Object.keys(uploads).filter(pointer => uploads[pointer]?.phase === 'sending');
  return { at: pointer => uploads[pointer], pending, send, stop };
}
