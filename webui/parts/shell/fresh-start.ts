// What a browser does by itself when a page is loaded, and must be done by hand where only the address changes.
import { useEffect, useRef } from 'react';
import { useLocation } from 'wouter';

/** Another page begins at its top, and whoever reads it by keyboard or ear begins there too. On the way back the browser knows better. */
export function useFreshStart(): void {
  const [path] = useLocation();
  const before = useRef(path);
  const wentBack = useRef(false);
  useEffect(() => {
    const note = () => {
      wentBack.current = true;
    };
    window.addEventListener('popstate', note);
    return () => window.removeEventListener('popstate', note);
  }, []);
  useEffect(() => {
    if (path === before.current) return;
    before.current = path;
    if (!wentBack.current) window.scrollTo(0, 0);
    wentBack.current = false;
    document.getElementById('page')?.focus({ preventScroll: true });
  }, [path]);
}
