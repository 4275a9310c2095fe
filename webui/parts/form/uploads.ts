// The uploads of a form: what is on its way to which field, how far it is, and why one was refused. They outlive the tab
// that shows them.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Content } from '../../../client/index.ts';
import { contentQuery } from '../../api/queries.ts';
import { mayPass } from '../../api/trouble.ts';
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

type Begin = {
  file: File;
  workflow_run_id: string;
  stopper: AbortController;
  onSending: (upload: Upload) => void;
};

/** Sends a file, telling how far it is; resolves the stored picture or why there is none. */
async function begin({ file, workflow_run_id, stopper, onSending }: Begin): Promise<Content | Upload> {
  const { signal } = stopper;
  const preview = URL.createObjectURL(file);
  const tell = (fraction: number) => {
    if (!signal.aborted) onSending({ phase: 'sending', name: file.name, fraction, preview });
  };
  tell(0);
  try {
    return await uploadPicture(file, { workflow_run_id, onProgress: tell, signal });
  } catch (error) {
    const again = mayPass(error) ? file : null;
    return { phase: 'refused', text: refusalWords(file, error), file: again };
  } finally {
    URL.revokeObjectURL(preview);
  }
}

function stopAll(running: ReadonlyMap<string, AbortController>): void {
  for (const stopper of running.values()) stopper.abort();
}

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
  useEffect(() => () => stopAll(running.current), []);

  const put = (pointer: string, upload: Upload) => setUploads(all => ({ ...all, [pointer]: upload }));
  const stop = (pointer: string) => {
    running.current.get(pointer)?.abort();
    running.current.delete(pointer);
    setUploads(({ [pointer]: _gone, ...others }) => others);
  };
  const send = async (pointer: string, file: File) => {
    stop(pointer);
    const text = refusalBefore(file);
    if (text) return put(pointer, { phase: 'refused', text, file: null });
    const stopper = new AbortController();
    running.current.set(pointer, stopper);
    const onSending = (upload: Upload) => put(pointer, upload);
    const came = await begin({ file, workflow_run_id, stopper, onSending });
    // Another one may be on its way to this field by now.
    if (stopper.signal.aborted) return;
    stop(pointer);
    if ('phase' in came) return put(pointer, came);
    queries.setQueryData(contentQuery(came.content_id).queryKey, came);
    latest.current(pointer, came);
  };
  const pending = Object.keys(uploads).filter(pointer => uploads[pointer]?.phase === 'sending');
  const at = (pointer: string) => uploads[pointer];
  return { at, pending, stop, send: (pointer, file) => void send(pointer, file) };
}
