// The ids of what is kept here: they sort by time.
import { v7 } from 'uuid';

const form = /^(gc|gm|art)_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A new `gc_<uuid7>`, the id of one stored picture or film. */
export const newContentId = (): string => `gc_${v7()}`;

/** A new `gm_<uuid7>`, the id of one generation. */
export const newMetadataId = (): string => `gm_${v7()}`;

/** Whether a string has the shape of a content id: asked before it reaches a query. */
export const isContentId = (text: string): boolean => text.startsWith('gc_') && form.test(text);

/** Whether a string has the shape of a generation's id. */
export const isMetadataId = (text: string): boolean => text.startsWith('gm_') && form.test(text);

/** Whether a string has the shape of an artifact's id. */
export const isArtifactId = (text: string): boolean => text.startsWith('art_') && form.test(text);
