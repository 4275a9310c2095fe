// What the stream client needs to know of the browser's page, in one small value that tests can replace.

export type PageSignal = 'online' | 'offline' | 'visible' | 'hidden' | 'restored';

export type Page = {
  isOnline: () => boolean;
  isHidden: () => boolean;
  /** Calls `listener` at each signal until the returned function is called. */
  listen: (listener: (signal: PageSignal) => void) => () => void;
};

/** The signals of the real page; `restored` is a return from the back-forward cache. */
export const browserPage: Page = {
  isOnline: () => navigator.onLine,
  isHidden: () => document.visibilityState === 'hidden',
  listen(listener) {
    const stop = new AbortController();
    const { signal } = stop;
    window.addEventListener('online', () => listener('online'), { signal });
    window.addEventListener('offline', () => listener('offline'), { signal });
    window.addEventListener('pageshow', event => event.persisted && listener('restored'), { signal });
    document.addEventListener(
      'visibilitychange',
      () => listener(document.visibilityState === 'hidden' ? 'hidden' : 'visible'),
      { signal },
    );
    return () => stop.abort();
  },
};
