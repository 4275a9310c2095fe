// The log of a process whose tasks a terminal shows: what goes wrong with its own tasks becomes part of their lines.
import { type Logger, pino } from 'pino';
import pretty, { prettyFactory } from 'pino-pretty';
import { z } from 'zod';
import type { Worker } from '../worker/index.ts';
import type { TaskLines } from './task-lines.ts';

const KEPT_REASONS = 1_000;

const aboutTask = z.object({
  task_id: z.string(),
  worker_id: z.string(),
  attempt: z.number().optional(),
  error: z.string().optional(),
  delay_ms: z.number().optional(),
  message: z.string().optional(),
});

export interface TerminalLog {
  log: Logger;
  /** Shows each attempt of this worker that ends. */
  watch(worker: Pick<Worker, 'worker_id' | 'events'>): void;
}

/** A log for people: at the usual level only what went wrong, among `lines`; at one that was asked for all of it, as it comes. */
export function openTerminalLog(level: string, lines: TaskLines): TerminalLog {
  const style = {
    ignore: 'pid,hostname',
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss',
    errorLikeObjectKeys: ['err'],
  };
  const readable = prettyFactory(style);
  const reasons = new Map<string, string>();
  let own = '';
  const write = (text: string) => {
    const { data } = aboutTask.safeParse(JSON.parse(text));
    if (data?.worker_id !== own) return lines.say(readable(text).trimEnd());
    // Its line follows at once, and says the rest.
    const reason = reasonOf(data);
    if (reason) reasons.set(data.task_id, reason);
    if (reasons.size > KEPT_REASONS) reasons.clear();
  };
  return {
    log:
      level === 'info'
        ? pino({ level: 'warn' }, { write })
        : pino({ level }, pretty({ ...style, sync: true })),
    watch({ worker_id, events }) {
      own = worker_id;
      events.on('attempt:ended', attempt => {
        lines.show({ ...attempt, reason: reasons.get(attempt.task_id) });
        reasons.delete(attempt.task_id);
      });
    },
  };
}

function reasonOf({ error, delay_ms, message }: z.output<typeof aboutTask>): string {
  const again = delay_ms === undefined ? '' : `again in ${Math.ceil(delay_ms / 1_000)} s: `;
  return `${again}${error ?? message ?? ''}`;
}
