// How commands say things to people: tables, times from now, text that cannot move the cursor. Pure.

/** Text of others on one line, without what a terminal would obey. */
export function clean(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}

/** At most `length` characters, the cut marked. */
export function cut(text: string, length: number): string {
  const characters = charactersOf(text);
  return characters.length <= length ? text : `${characters.slice(0, Math.max(0, length - 1)).join('')}…`;
}

const charactersOf = (text: string) => Array.from(text);

/** Rows under their headings, in columns as wide as their widest cell; the last one is not filled up. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [headings, ...rows.map(row => row.map(clean))];
  const widths = headings.map((_, column) =>
    Math.max(...cells.map(row => charactersOf(row[column] ?? '').length)),
  );
  const fill = (cell: string, width: number) => cell + ' '.repeat(width - charactersOf(cell).length);
  return cells
    .map(row =>
      row
        .map((cell, n) => fill(cell, widths[n] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const units: readonly [number, string][] = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** A length of time in its largest whole unit: `3 min`. */
export function span(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1_000);
  const [size, unit] = units.find(([least]) => seconds >= least) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** A moment, as seen from now: `3 min ago`, `in 2 h`; `-` for none. */
export function fromNow(moment: string | null, now = Date.now()): string {
  if (moment === null) return '-';
  const ms = Date.parse(moment) - now;
  if (Math.abs(ms) < 1_000) return 'now';
  return ms > 0 ? `in ${span(ms)}` : `${span(ms)} ago`;
}

/** `1 task`, `2 tasks`, `10,000 tasks`. */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

/** How to get the next page of a list, on a line of its own; '' on the last. */
export function moreOf({ next_cursor }: { next_cursor: string | null }): string {
  return next_cursor === null ? '' : `\nMore: the same with --cursor ${next_cursor}`;
}
