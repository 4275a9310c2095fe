// The public surface of the providers: the interface, the registry, the errors, downloads, and the ones that come along.
export { readHost } from './media/addresses.ts';
export { defaultProviders } from './media/defaults.ts';
export { type DownloadOptions, download } from './media/download.ts';
export * from './media/errors.ts';
export { recognise, recognisedBy } from './media/formats.ts';
export {
  actionsOf,
  type GenerationRequest,
  type GenerationResult,
  type MediaAction,
  type MediaProvider,
  mediaActions,
  type SourceImage,
  type Submission,
} from './media/provider.ts';
export { MediaProviderRegistry } from './media/registry.ts';
export { isServiceAddress } from './media/remote/address.ts';
export type { Clock } from './media/remote/clock.ts';
export { ApiClient, type ApiOptions, type Asking } from './media/remote/http.ts';
export { type JobSteps, runJob } from './media/remote/job.ts';
export { readParams } from './media/remote/params.ts';
export type { Look } from './media/remote/poll.ts';
export type { Refusal } from './media/remote/refusal.ts';
export type { Accepted, Submitting } from './media/remote/submit.ts';
