// What a look at history reports: findings, bounded, and what could not be checked.

export type FindingKind =
  | 'limit_exceeded'
  | 'slot_shared'
  | 'slot_invalid'
  | 'completed_twice'
  | 'times_out_of_order'
  | 'attempts_out_of_order'
  | 'retries_miscounted'
  | 'status_disagrees'
  | 'lane_missing'
  | 'malformed';

/** A broken promise, with where and when. */
export interface Finding {
  kind: FindingKind;
  lane: string;
  /** At most 20 of those concerned. */
  task_ids: string[];
  /** When it was so, where that is a span of time. */
  started_at: Date | null;
  ended_at: Date | null;
  /** One sentence for people. */
  detail: string;
}

/** Why something could not be decided from history; `count` cases of it. */
const doubts = {
  still_running: 'tasks were running when they were read: checked up to then',
  forgotten: 'tasks had more attempts than the 100 that are kept: the older ones are not checked',
  retries_reset: 'tasks count fewer retries than their attempts show: a retry by hand begins anew at 0',
  close_slots:
    'times two attempts met in one slot for less than a claim statement may take: one after the other, or not',
  changing_limit:
    'claims went above their own limit, but not above the one before or after: it was being changed',
  close_times: 'moments lie out of order by less than the clocks are exact',
} as const;
export type Doubt = keyof typeof doubts;

export interface VerifyReport {
  /** The database's time when the look began; what was claimed later is not judged. */
  until: Date;
  checked: { tasks: number; attempts: number; limited_attempts: number; limited_lanes: number };
  violations: number;
  violations_by_kind: Partial<Record<FindingKind, number>>;
  /** The first findings; `violations` counts all. */
  findings: Finding[];
  unchecked: { reason: Doubt; count: number; detail: string; example: string }[];
}

export interface Notes {
  onFinding?: ((finding: Finding) => void) | undefined;
  maxFindings: number;
}

/** Collects a report in bounded memory. */
export class Notebook {
  readonly checked = { tasks: 0, attempts: 0, limited_attempts: 0, limited_lanes: 0 };
  readonly #notes: Notes;
  readonly #findings: Finding[] = [];
  readonly #kinds = new Map<FindingKind, number>();
  readonly #doubts = new Map<Doubt, { count: number; example: string }>();

  constructor(notes: Notes) {
    this.#notes = notes;
  }

  /** Something is wrong. */
  find(finding: Finding): void {
    this.#kinds.set(finding.kind, (this.#kinds.get(finding.kind) ?? 0) + 1);
    if (this.#findings.length < this.#notes.maxFindings) this.#findings.push(finding);
    this.#notes.onFinding?.(finding);
  }

  /** Something cannot be decided; the first example of each reason is kept. */
  doubt(reason: Doubt, example: string): void {
    const known = this.#doubts.get(reason);
    if (known) known.count++;
    else this.#doubts.set(reason, { count: 1, example });
  }

  report(until: Date): VerifyReport {
    return {
      until,
      checked: { ...this.checked },
      violations: [...this.#kinds.values()].reduce((sum, count) => sum + count, 0),
      violations_by_kind: Object.fromEntries(this.#kinds),
      findings: [...this.#findings],
      unchecked: [...this.#doubts].map(([reason, doubt]) => ({ reason, detail: doubts[reason], ...doubt })),
    };
  }
}
