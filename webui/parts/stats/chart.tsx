// A chart of the last hour: a bar or two for each minute, drawn by hand. What it shows is said in words too, and stands in a
// table behind it.
import { type ReactNode, useId } from 'react';
import { roundUp } from './words.ts';

/** One value of a minute; bars of a minute stand one on the other. */
type Bar = { value: number; tone: string };
type Column = { at: string; bars: Bar[] };

type Props = {
  title: string;
  sentence: string;
  columns: Column[];
  unit: (value: number) => string;
  children: ReactNode;
};

const WIDTH = 600;
const HEIGHT = 140;

export function Chart({ title, sentence, columns, unit, children }: Props) {
  const id = useId();
  const heights = columns.map(({ bars }) => bars.reduce((sum, { value }) => sum + value, 0));
  const top = roundUp(Math.max(0, ...heights));
  return (
    <figure className="min-w-0 rounded-md border border-rule bg-sheet p-4">
      <figcaption className="flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 className="font-semibold">{title}</h2>
        <span className="text-sm text-soft tabular-nums">up to {unit(top)}</span>
      </figcaption>
      <svg
        role="img"
        aria-labelledby={id}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        className="mt-3 h-36 w-full"
      >
        <title id={id}>{sentence}</title>
        {[0, 0.5, 1].map(part => (
          <line
            key={part}
            x1={0}
            x2={WIDTH}
            y1={HEIGHT * part}
            y2={HEIGHT * part}
            stroke="var(--rule)"
            vectorEffect="non-scaling-stroke"
          />
        ))}
        {columns.map((column, n) => (
          <Bars key={column.at} column={column} n={n} of={columns.length} top={top} />
        ))}
      </svg>
      <p aria-hidden="true" className="mt-1 flex justify-between text-xs text-soft">
        <span>an hour ago</span>
        <span>now</span>
      </p>
      {children}
    </figure>
  );
}

type BarsProps = { column: Column; n: number; of: number; top: number };

function Bars({ column, n, of, top }: BarsProps) {
  const step = WIDTH / of;
  let y = HEIGHT;
  return column.bars.map(({ value, tone }) => {
    const height = (value / top) * HEIGHT;
    y -= height;
    return (
      <rect
        key={tone}
        className={tone}
        x={n * step + step * 0.1}
        y={y}
        width={step * 0.8}
        height={height}
        fill="var(--tone)"
        opacity={n === of - 1 ? 0.55 : 1}
      />
    );
  });
}

/** What the colours of a chart mean. */
export function Legend({ entries }: { entries: [tone: string, words: string][] }) {
  return (
    <ul className="mt-2 flex flex-wrap gap-x-5 gap-y-1 text-sm text-soft">
      {entries.map(([tone, words]) => (
        <li key={tone} className={`flex items-center gap-2 ${tone}`}>
          <span aria-hidden="true" className="size-2.5 rounded-xs bg-(--tone)" />
          {words}
        </li>
      ))}
    </ul>
  );
}
