// What workers have counted (how long tasks waited and ran, how attempts ended), as Prometheus reads it.
import { AggregatorRegistry, type PrometheusContentType } from 'prom-client';
import { type FigureRecord, figureBounds } from './figures.ts';

/** A figure of one worker, or the sum over all. */
export interface ShownFigure extends Pick<FigureRecord, 'name' | 'actor' | 'outcome' | 'count' | 'sum'> {
  readonly counts: Readonly<Record<number, number>>;
}

const histograms: Record<keyof typeof figureBounds, string> = {
  task_queue_delay_seconds: 'From claimable to claimed',
  task_execution_seconds: "From the actor's beginning to its end",
};

const totals: Record<string, string> = {
  tasks_claimed_total: 'Tasks that workers have claimed',
  tasks_recovered_total: 'Tasks that were taken back from dead workers',
  tasks_promoted_total: 'Delayed tasks and retries that became claimable',
  tasks_dead_total:
    'Tasks that became dead letters: they ended as failed, whatever their last attempt came to',
  tasks_tried_again_total: 'Attempts after which the task is tried again',
  task_claim_conflicts_total: 'Candidates and slots that another claimer took first',
  queue_trouble_total: 'What went wrong in workers and is tried again by itself',
};

interface Sample {
  metricName?: string;
  labels: Record<string, string | number>;
  value: number;
}

/** The figures in Prometheus' text form, their names behind `prefix`; those that nobody has counted yet are left out. */
export function figuresText(figures: readonly ShownFigure[], prefix: string): Promise<string> {
  const metric = newMetric(prefix);
  const metrics = [
    ...namesOf(histograms).flatMap(name =>
      metric(name, 'histogram', histograms[name], figures, bucketsOf(prefix)),
    ),
    metric('tasks_finished_total', 'counter', 'Attempts by how they ended', figures, plain),
    ...Object.entries(totals).map(([name, help]) => metric(name, 'counter', help, figures, plain)),
  ];
  const shown = metrics.filter(({ values }) => values.length > 0);
  return AggregatorRegistry.aggregate<PrometheusContentType>([shown]).metrics();
}

const namesOf = <Name extends string>(record: Record<Name, string>) => Object.keys(record) as Name[];

const newMetric =
  (prefix: string) =>
  (
    name: string,
    type: 'counter' | 'histogram',
    help: string,
    figures: readonly ShownFigure[],
    samplesOf: (figure: ShownFigure) => Sample[],
  ) => {
    const source = name === 'tasks_finished_total' ? 'task_execution_seconds' : name;
    const values = figures.filter(figure => figure.name === source).flatMap(samplesOf);
    return { name: prefix + name, type, help, values, aggregator: 'first' };
  };

const labelsOf = ({ actor, outcome }: ShownFigure) => ({
  ...(actor && { actor }),
  ...(outcome && { outcome }),
});

const plain = (figure: ShownFigure): Sample[] => [{ labels: labelsOf(figure), value: figure.count }];

/** Prometheus' buckets hold everything up to their bound. */
const bucketsOf =
  (prefix: string) =>
  (figure: ShownFigure): Sample[] => {
    const metricName = prefix + figure.name;
    const labels = labelsOf(figure);
    let below = 0;
    const bounded = boundsOf(figure.name).map((le, bucket) => {
      below += figure.counts[bucket] ?? 0;
      return { metricName: `${metricName}_bucket`, labels: { ...labels, le }, value: below };
    });
    return [
      ...bounded,
      { metricName: `${metricName}_bucket`, labels: { ...labels, le: '+Inf' }, value: figure.count },
      { metricName: `${metricName}_sum`, labels, value: figure.sum },
      { metricName: `${metricName}_count`, labels, value: figure.count },
    ];
  };

const boundsOf = (name: string): readonly number[] =>
  Object.entries(figureBounds).find(([known]) => known === name)?.[1] ?? [];
