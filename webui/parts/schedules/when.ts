// Offers for when a schedule runs: a few common times, and the time zones that this browser knows.

export const CRON_IDEAS = [
  { words: 'Every 5 minutes', cron: '*/5 * * * *' },
  { words: 'Every hour', cron: '0 * * * *' },
  { words: 'Every day at 9', cron: '0 9 * * *' },
  { words: 'Mondays at 8', cron: '0 8 * * 1' },
];

/** The zone of this device. */
export const OWN_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

export const TIME_ZONES: readonly string[] = ['UTC', ...Intl.supportedValuesOf('timeZone')];
