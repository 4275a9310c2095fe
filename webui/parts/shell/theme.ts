// The chosen theme: kept in this browser, set on the document. The stylesheet does the rest; public/theme.js sets it before the first paint.

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'callsheet.theme';

/** The theme chosen in this browser; `system` where none was, or where storage is forbidden. */
export function chosenTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return THEMES.find(theme => theme === kept) ?? 'system';
  } catch {
    return 'system';
  }
}

/** Shows the theme and keeps it for the next visit, if the browser lets it. */
export function chooseTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // The choice then holds for this visit only.
  }
}
