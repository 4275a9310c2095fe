// How large a stored picture is, and its thumbnail. A picture comes from outside: neither its bytes nor its pixels may take
// more memory than is set here.

export interface Look {
  /** Pixels, as the picture is shown. */
  width: number;
  height: number;
  /** A small WebP of it; null when the picture is broken or has too many pixels. */
  thumbnail: { bytes: Buffer; width: number; height: number } | null;
}

/** Larger files are not looked at. */
export const mostBytes = 64 * 1024 ** 2;

const mostPixels = 100_000_000;
const side = 320;
const mostSeconds = 20;

// One at a time: what decoding may take is bounded per picture, so it must be bounded per process.
let turn: Promise<unknown> = Promise.resolve();

/** Looks at a picture once it is its turn; null when the bytes are no picture that can be read. */
export function lookAt(read: () => Promise<Buffer>): Promise<Look | null> {
  const look = turn.then(async () => decode(await read()));
  turn = look.catch(() => {});
  return look;
}

async function decode(bytes: Buffer): Promise<Look | null> {
  // Loaded when it is first needed: it takes 30 MB.
  const { default: sharp } = await import('sharp');
  try {
    // Of a header alone any number of pixels can be told.
    const { autoOrient } = await sharp(bytes, { limitInputPixels: false }).metadata();
    const made = sharp(bytes, { limitInputPixels: mostPixels, failOn: 'error' })
      .autoOrient()
      .resize(side, side, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 78 })
      .timeout({ seconds: mostSeconds })
      .toBuffer({ resolveWithObject: true });
    const thumbnail = await made.then(
      ({ data: bytes, info: { width, height } }) => ({ bytes, width, height }),
      () => null,
    );
    return { width: autoOrient.width, height: autoOrient.height, thumbnail };
  } catch {
    return null;
  }
}
