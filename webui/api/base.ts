// Where the app is mounted: the path that every address of this page begins with.

/** '' at the root of its host, else such as `/queue`: never with a slash at its end. */
export const BASE = basePath();

/** Must be asked before the page goes anywhere: the way to the root is said from where it was opened. */
function basePath(): string {
  // What is pure here is used without a page, too.
  if (typeof document === 'undefined') return '';
  const said = document.querySelector<HTMLMetaElement>('meta[name="callsheet-root"]');
  return new URL(said?.content ?? '/', document.URL).pathname.replace(/\/+$/, '');
}
