// What the doctor finds, one check each.

export interface Finding {
  check: string;
  ok: boolean;
  /** What was found. */
  detail: string;
  /** What to do about it; null when it is well. */
  advice: string | null;
}

export const well = (check: string, detail: string): Finding => ({ check, ok: true, detail, advice: null });

export const wrong = (check: string, detail: string, advice: string): Finding => ({
  check,
  ok: false,
  detail,
  advice,
});
