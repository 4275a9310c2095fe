// How large a picture is.
import sharp from 'sharp';

/** How many first bytes of a picture `measurePicture` needs at most, save for pictures with very large colour profiles. */
export const measuredBy = 256 * 1024;

/** Width and height in pixels as they are shown, from the first bytes of a picture; null when they do not tell. */
export async function measurePicture(head: Uint8Array): Promise<{ width: number; height: number } | null> {
  try {
    const { autoOrient } = await sharp(head, { failOn: 'none' }).metadata();
    return { width: autoOrient.width, height: autoOrient.height };
  } catch {
    // A film, or a picture whose head alone cannot be read: its size stays unknown.
    return null;
  }
}
