// The one subscriber that turns events into log lines. Ids and reasons only: no payloads, no results.
import type { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { QueueEvents, TaskError } from '../queue/index.ts';
import { redact } from '../queue/program/redact.ts';
import { type Listeners, listen, type WorkerEventMap, type WorkerEvents } from './events.ts';
import { toTaskError } from './task-error.ts';

/** Starts logging; returns what stops it. */
export function logEvents(queue: EventEmitter<QueueEvents>, worker: WorkerEvents, log: Logger): () => void {
  const stops = [listen(queue, queueLines(log)), listen(worker, workerLines(log))];
  return () => {
    for (const stop of stops) stop();
  };
}

function queueLines(log: Logger): Listeners<QueueEvents> {
  return {
    'task:claimed': ({ _id: task_id, actor, lane, attempt }) =>
      log.debug({ task_id, actor, lane, attempt }, 'task claimed'),
    'task:completed': task => log.info(task, 'task completed'),
    'task:retried': ({ error, ...task }) => log.warn({ ...task, error: said(error) }, 'task will be retried'),
    'task:dead': ({ error, ...task }) => log.error({ ...task, error: said(error) }, 'task failed for good'),
    'task:cancelled': task => log.info(task, 'task cancelled'),
    'task:released': task => log.info(task, 'task given back'),
    'task:recovered': task => log.warn(task, 'task taken back from a silent worker'),
    'task:promoted': ({ count }) => log.debug({ count }, 'due tasks made claimable'),
    'claim:contended': round => log.debug(round, 'claims lost to other workers'),
    'lanes:reopened': ({ lanes }) =>
      log.warn({ count: lanes.length, lanes: lanes.slice(0, 10) }, 'stranded lanes reopened'),
    'lanes:removed': ({ count }) => log.debug({ count }, 'lanes removed that nobody had needed for a day'),
    'queue:trouble': ({ doing, error }) =>
      log.error({ error: said(toTaskError(error)) }, `trouble while ${doing}; trying again`),
  };
}

function workerLines(log: Logger): Listeners<WorkerEventMap> {
  return {
    'worker:started': worker => log.info(worker, 'worker started'),
    'worker:draining': worker => log.info(worker, 'worker claims nothing more and finishes what it runs'),
    'worker:stopped': worker => log.info(worker, 'worker stopped'),
    'limits:conflict': conflict =>
      log.warn(conflict, 'actors name different limits for one key; the smaller holds'),
    'task:started': task => log.debug(task, 'actor begins'),
    'task:progress': ({ progress, ...task }) => log.trace({ ...task, ...progress }, 'task progressed'),
    'task:timed_out': task => log.warn(task, `${task.limit} time limit passed`),
    'task:cooldown': task => log.warn(task, 'rest asked for; task given back and its lane paused'),
    'attempt:ended': attempt =>
      attempt.outcome === 'lost'
        ? log.warn(attempt, 'claim lost; what the attempt did is dropped')
        : log.debug(attempt, 'attempt ended'),
    'queue:swept': swept => log.info(swept, 'what the dead had left was removed'),
  };
}

function said({ type, message }: TaskError): string {
  return redact(`${type}: ${message}`).slice(0, 500);
}
