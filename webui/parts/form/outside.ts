// Pictures that are dropped on the page or pasted into it, for the field that takes one.
import { useEffect, useRef, useState } from 'react';

/**
 * Calls `onFile` with the file that is dropped anywhere on the page or pasted; tells whether one is held over it now. Of
 * several fields the first takes it.
 */
export function useOutsideFile(onFile: (file: File) => void): boolean {
  const [isOver, setIsOver] = useState(false);
  const latest = useRef(onFile);
  latest.current = onFile;
  useEffect(() => {
    const end = new AbortController();
    const listen = <Name extends 'paste' | 'dragover' | 'dragleave' | 'drop'>(
      name: Name,
      listener: (event: DocumentEventMap[Name]) => void,
    ) => document.addEventListener(name, listener, { signal: end.signal });
    const take = (event: Event, files: FileList | undefined) => {
      const file = files?.[0];
      if (!file || event.defaultPrevented) return;
      event.preventDefault();
      latest.current(file);
    };
    listen('paste', event => take(event, event.clipboardData?.files));
    listen('dragover', event => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      // Without this the browser would leave the page and open the file.
      event.preventDefault();
      setIsOver(true);
    });
    listen('dragleave', event => event.relatedTarget === null && setIsOver(false));
    listen('drop', event => {
      setIsOver(false);
      take(event, event.dataTransfer?.files);
    });
    return () => end.abort();
  }, []);
  return isOver;
}
