// The last hour drawn: what ended, and how long tasks waited; and the same as a table.
import type { Minute } from '../../../client/index.ts';
import { Chart, Legend } from './chart.tsx';
import { delaysSentence, delayWords, endingsSentence } from './words.ts';

export function Charts({ minutes }: { minutes: Minute[] }) {
  return (
    <>
      <div className="mt-8 grid gap-4 lg:grid-cols-2">
        <Endings minutes={minutes} />
        <Delays minutes={minutes} />
      </div>
      <Table minutes={minutes} />
    </>
  );
}

function Endings({ minutes }: { minutes: Minute[] }) {
  const columns = minutes.map(({ at, completed, failed, retried }) => ({
    at,
    bars: [
      { value: completed, tone: 'state-completed' },
      { value: retried, tone: 'state-assigned' },
      { value: failed, tone: 'state-failed' },
    ],
  }));
  return (
    <Chart
      title="Ended, by minute"
      sentence={endingsSentence(minutes)}
      columns={columns}
      unit={value => `${value} a minute`}
    >
      <Legend
        entries={[
          ['state-completed', 'Completed'],
          ['state-assigned', 'Tried again'],
          ['state-failed', 'Failed for good'],
        ]}
      />
    </Chart>
  );
}

function Delays({ minutes }: { minutes: Minute[] }) {
  const columns = minutes.map(({ at, delay_ms: { p50, p99 } }) => ({
    at,
    bars: [
      { value: p50 ?? 0, tone: 'state-running' },
      { value: Math.max(0, (p99 ?? 0) - (p50 ?? 0)), tone: 'state-pending' },
    ],
  }));
  return (
    <Chart title="Waited for a worker" sentence={delaysSentence(minutes)} columns={columns} unit={delayWords}>
      <Legend
        entries={[
          ['state-running', 'Half of them at most this long'],
          ['state-pending', '99 of 100'],
        ]}
      />
    </Chart>
  );
}

const HEADINGS = ['Minute', 'Completed', 'Tried again', 'Failed', 'Half waited', '99 of 100'];

function Table({ minutes }: { minutes: Minute[] }) {
  const busy = minutes.filter(
    one => one.completed + one.failed + one.retried > 0 || one.delay_ms.p50 !== null,
  );
  if (busy.length === 0) return null;
  return (
    <details className="mt-4">
      <summary className="w-fit font-medium">The same in numbers</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <section aria-label="The last hour in numbers" tabIndex={0} className="mt-3 overflow-x-auto">
        <table className="w-full min-w-lg text-right text-sm tabular-nums">
          <thead>
            <tr className="border-b border-rule text-soft">
              {HEADINGS.map(heading => (
                <th key={heading} scope="col" className="py-1.5 pl-4 font-medium first:pl-0 first:text-left">
                  {heading}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {busy.toReversed().map(minute => (
              <Row key={minute.at} minute={minute} />
            ))}
          </tbody>
        </table>
      </section>
    </details>
  );
}

function Row({ minute: { at, completed, retried, failed, delay_ms } }: { minute: Minute }) {
  const time = new Date(at).toLocaleTimeString(undefined, { timeStyle: 'short' });
  return (
    <tr className="border-b border-rule">
      <th scope="row" className="py-1 text-left font-normal">
        <time dateTime={at}>{time}</time>
      </th>
      <td>{completed}</td>
      <td>{retried}</td>
      <td>{failed}</td>
      <td>{delayWords(delay_ms.p50)}</td>
      <td>{delayWords(delay_ms.p99)}</td>
    </tr>
  );
}
