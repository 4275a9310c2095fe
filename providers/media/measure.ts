// How large a picture is.

/** How many first bytes of a picture `measurePicture` needs at most, save for pictures with very large colour profiles. */
export const measuredBy = 256 * 1024;

/** Width and height in pixels as they are shown, from the first bytes of a picture; null when they do not tell. */
export async function measurePicture(head: Uint8Array): Promise<{ width: number; height: number } | null> {
  // Loaded when it is first needed: it takes 30 MB.
  const { default: sharp } = await import('sharp');
  try {
    const { autoOrient } = await sharp(head, { failOn: 'none' }).metadata();
    return { width: autoOrient.width, height: autoOrient.height };
  } catch {
    // A film, or a picture whose head alone cannot be read: its size stays unknown.
    return null;
  }
}
