// The public surface of what tasks produce: generation records, stored media, interactions, the blob store.
export {
  type ArtifactPage,
  type ArtifactPlace,
  type ArtifactTree,
  expandArtifact,
  listArtifacts,
} from './artifact-lists.ts';
export {
  type Artifact,
  ArtifactRefused,
  getArtifact,
  keyedArtifactId,
  maxLevels,
  newArtifactId,
  saveArtifact,
} from './artifacts.ts';
export { type Content, type ContentOptions, contentAt, openContent } from './content.ts';
export {
  type ContentRecord,
  getContent,
  getContents,
  listContents,
  readContent,
  readThumbnail,
} from './contents.ts';
export {
  completeGeneration,
  failGeneration,
  failOrphanedGenerations,
  type Generation,
  GenerationClosed,
  getGeneration,
  listGenerations,
  type NewGeneration,
  type ProviderAnswer,
  recordAnswer,
  recordJob,
  startGeneration,
} from './generations.ts';
export { isArtifactId, isContentId, isMetadataId, newContentId } from './ids.ts';
export { getInteraction, type Interaction, putInteraction } from './interactions.ts';
export { discardContents, sweepContents } from './leftovers.ts';
export { findMade } from './made.ts';
export { storeVariables } from './settings.ts';
export { openStore } from './stores/choose.ts';
export { gridfsStore } from './stores/gridfs.ts';
export { type BlobStore, UnusableStore } from './stores/store.ts';
export { type NewContent, storeContent, UnreadablePicture } from './storing.ts';
