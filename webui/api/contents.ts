// Addresses and ids of what is stored here, as they stand in results, payloads and in the page's own address. Pure.

/** The small picture of what is stored at the address. */
export function thumbnailOf(url: string): string {
  return `${url}?thumbnail=1`;
}

/** Tells an id of something stored from any other text. */
export function isContentId(text: string): boolean {
  return /^gc_[\w-]+$/.test(text);
}
