// Values of options, read.
import { InvalidArgumentError } from 'commander';
import { WrongUse } from './wrong-use.ts';

/** A whole number; whether it is within bounds is for the server to say. */
export function wholeNumber(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** A payload; throws WrongUse for what is no JSON. Whether its actor takes it is for the server to say. */
export function parseJson(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new WrongUse(`The payload is not JSON: ${error instanceof Error ? error.message : 'unreadable'}.`);
  }
  if (typeof value === 'object' && value !== null) return value;
  throw new WrongUse('The payload must be a JSON object.');
}

/** The options of a new task, by the fields that they are sent as. */
export const taskOptions = {
  priority: '--priority',
  max_retries: '--max-retries',
  delay_ms: '--delay-ms',
  run_at: '--run-at',
  workflow_run_id: '--run',
  tags: '--tag',
  dedupe_key: '--dedupe-key',
};

/** The options that narrow lists and page through them, by the fields that they are sent as. */
export const listOptions = {
  status: '--status',
  actor: '--actor',
  error_type: '--error-type',
  workflow_run_id: '--run',
  concurrency_identifier: '--key',
  tag: '--tag',
  worker_id: '--worker',
  limit: '--limit',
  cursor: '--cursor',
};
