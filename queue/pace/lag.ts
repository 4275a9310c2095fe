// How late the event loop of this process is.
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

const resolutionMs = 20;

export type Lag = [quantile: '0.5' | '0.99', seconds: number][];

/** The lag since the last look. It looks at the event loop from the first question on: who is never asked need not wake for it. */
export function lagReader(): () => Lag {
  let histogram: IntervalHistogram | undefined;
  return () => {
    if (!histogram) {
      histogram = monitorEventLoopDelay({ resolution: resolutionMs });
      histogram.enable();
    }
    const { count } = histogram;
    // The histogram measures the time between two ticks: what is beyond the tick itself is lag.
    const beyond = (ns: number) => (count === 0 ? 0 : Math.max(0, ns / 1e9 - resolutionMs / 1e3));
    const lag: Lag = [
      ['0.5', beyond(histogram.percentile(50))],
      ['0.99', beyond(histogram.percentile(99))],
    ];
    histogram.reset();
    return lag;
  };
}
