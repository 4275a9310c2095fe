// The public surface of the providers: the interface, the registry, the errors, downloads, and the ones that come along.
export { defaultProviders } from './media/defaults.ts';
export { type Download, type DownloadOptions, download } from './media/download.ts';
export * from './media/errors.ts';
export { type MediaFormat, recognise, recognisedBy } from './media/formats.ts';
export { measuredBy, measurePicture } from './media/measure.ts';
export {
  actionsOf,
  type GenerationRequest,
  type GenerationResult,
  type MediaAction,
  type MediaProvider,
  mediaActions,
  type ProducedFile,
  type SourceImage,
} from './media/provider.ts';
export { MediaProviderRegistry, type ProviderOptions } from './media/registry.ts';
