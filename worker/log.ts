// The one subscriber that turns events into log lines. Ids and reasons only: no payloads, no results.
import { EventEmitter } from 'node:events';
import type { Logger } from 'pino';
import type { QueueEvents, TaskError } from '../queue/index.ts';
import type { WorkerEventMap, WorkerEvents } from './events.ts';
import { redact, toTaskError } from './task-error.ts';

/** Starts logging; returns what stops it. */
export function logEvents(queue: EventEmitter<QueueEvents>, worker: WorkerEvents, log: Logger): () => void {
  const stops = [subscribe(queue, queueLines(log)), subscribe(worker, workerLines(log))];
  return () => {
    for (const stop of stops) stop();
  };
}

type Lines<Events extends Record<keyof Events, unknown[]>> = {
  [Name in keyof Events]?: (...args: Events[Name]) => void;
};

/** `lines` is typed by the events; the emitter is then told name by name. */
function subscribe(emitter: object, lines: object): () => void {
  if (!(emitter instanceof EventEmitter)) throw new TypeError('Events come from an EventEmitter.');
  const entries = Object.entries(lines);
  for (const [name, line] of entries) emitter.on(name, line);
  return () => {
    for (const [name, line] of entries) emitter.off(name, line);
  };
}

function queueLines(log: Logger): Lines<QueueEvents> {
  return {
    'task:claimed': ({ _id: task_id, actor, lane, attempt }) =>
      log.debug({ task_id, actor, lane, attempt }, 'task claimed'),
    'task:completed': task => log.info(task, 'task completed'),
    'task:retried': ({ error, ...task }) => log.warn({ ...task, error: said(error) }, 'task will be retried'),
    'task:failed': ({ error, ...task }) => log.error({ ...task, error: said(error) }, 'task failed for good'),
    'task:cancelled': task => log.info(task, 'task cancelled'),
    'task:released': task => log.info(task, 'task given back'),
    'task:recovered': task => log.warn(task, 'task taken back from a silent worker'),
    'task:promoted': ({ count }) => log.debug({ count }, 'due tasks made claimable'),
    'claim:contended': round => log.debug(round, 'claims lost to other workers'),
    'lanes:reopened': ({ lanes }) =>
      log.warn({ count: lanes.length, lanes: lanes.slice(0, 10) }, 'stranded lanes reopened'),
    'queue:trouble': ({ doing, error }) =>
      log.error({ error: said(toTaskError(error)) }, `trouble while ${doing}; trying again`),
  };
}

function workerLines(log: Logger): Lines<WorkerEventMap> {
  return {
    'worker:started': worker => log.info(worker, 'worker started'),
    'worker:draining': worker => log.info(worker, 'worker claims nothing more and finishes what it runs'),
    'worker:stopped': worker => log.info(worker, 'worker stopped'),
    'limits:conflict': conflict =>
      log.warn(conflict, 'actors name different limits for one key; the smaller holds'),
    'attempt:dropped': attempt => log.warn(attempt, 'claim lost; what the attempt did is dropped'),
    'attempt:cooldown': attempt => log.warn(attempt, 'rest asked for; task given back and its lane paused'),
  };
}

function said({ type, message }: TaskError): string {
  return redact(`${type}: ${message}`).slice(0, 500);
}
