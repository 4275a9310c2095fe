// The public surface of the worker: writing actors, and running them.

export { type Actor, ActorBase, type ActorContext, type Dependencies, defineActor } from './actors/actor.ts';
export { CooldownError, PermanentError, RetryableError } from './actors/errors.ts';
export { MediaActor, type MediaActorOptions } from './actors/media.ts';
export { ActorRegistry, InvalidActor } from './actors/registry.ts';
export { readWorkerSettings, type WorkerSettings } from './config.ts';
export type { Counters, Histogram } from './counters.ts';
export { hostWorker } from './host.ts';
export { runWorker } from './run.ts';
export type { ShellOptions, ShellResult } from './shell/run.ts';
export { startWorker, type Worker, type WorkerOptions } from './worker.ts';
