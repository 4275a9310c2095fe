// The states a page's connection can be in, and how each is said to a person.

export type Connection =
  | 'connecting'
  | 'live'
  | 'stalled'
  | 'reconnecting'
  | 'polling'
  | 'offline'
  | 'resting'
  | 'finished'
  | 'idle';

export const CONNECTION_WORDS: Record<Connection, { label: string; detail: string }> = {
  connecting: { label: 'Connecting…', detail: 'Opening the stream of changes.' },
  live: { label: 'Live', detail: 'Changes appear as they happen.' },
  stalled: {
    label: 'Not up to date',
    detail: 'The server cannot reach its database at the moment. This page follows as soon as it can.',
  },
  reconnecting: {
    label: 'Reconnecting…',
    detail: 'The connection was lost. The work goes on; this page returns to it by itself.',
  },
  polling: {
    label: 'Polling every 5 s',
    detail: 'The stream cannot be opened, so this page asks every five seconds instead.',
  },
  offline: { label: 'Offline', detail: 'This device has no network. The work goes on without it.' },
  resting: { label: 'Resting', detail: 'The stream is closed while the tab is in the background.' },
  idle: { label: 'Nothing to watch', detail: 'There is no task on this page.' },
  finished: { label: 'Finished', detail: 'The task has ended; there is nothing left to watch.' },
};
