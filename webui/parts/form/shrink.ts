// Makes a picture from this device small enough to travel inside a request. Browser only.

// The server takes bodies of 1 MiB, and base64 makes four bytes of three.
const MOST_BYTES = 700_000;
const LONGEST_SIDE = 1536;

/** The picture as a data: URL below the limit; throws when the browser cannot read it as a picture. */
export async function pictureAsDataUrl(file: Blob): Promise<string> {
  const picture = await createImageBitmap(file);
  for (let side = LONGEST_SIDE; ; side = Math.round(side * 0.7)) {
    const blob = await drawn(picture, side);
    if (blob.size <= MOST_BYTES || side < 64) return readAsDataUrl(blob);
  }
}

async function drawn(picture: ImageBitmap, longestSide: number): Promise<Blob> {
  const scale = Math.min(1, longestSide / Math.max(picture.width, picture.height));
  const canvas = new OffscreenCanvas(Math.ceil(picture.width * scale), Math.ceil(picture.height * scale));
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: 'image/webp', quality: 0.9 });
}

function readAsDataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
