// Which kinds of media are kept, recognised by their first bytes: what a server or a file name claims is not believed.

export interface MediaFormat {
  content_type: string;
  /** Without dot. */
  extension: string;
  kind: 'image' | 'video';
}

/** How many first bytes `recognise` needs at most. */
export const recognisedBy = 64;

const formats: readonly (MediaFormat & { matches: (head: Buffer) => boolean })[] = [
  { content_type: 'image/png', extension: 'png', kind: 'image', matches: at(0, '89504e470d0a1a0a') },
  { content_type: 'image/jpeg', extension: 'jpg', kind: 'image', matches: at(0, 'ffd8ff') },
  {
    content_type: 'image/webp',
    extension: 'webp',
    kind: 'image',
    matches: both(text(0, 'RIFF'), text(8, 'WEBP')),
  },
  { content_type: 'image/gif', extension: 'gif', kind: 'image', matches: text(0, 'GIF8') },
  { content_type: 'image/avif', extension: 'avif', kind: 'image', matches: brand('avif', 'avis') },
  { content_type: 'video/quicktime', extension: 'mov', kind: 'video', matches: brand('qt  ') },
  {
    content_type: 'video/mp4',
    extension: 'mp4',
    kind: 'video',
    matches: brand('isom', 'iso', 'mp4', 'avc1', 'dash', 'M4V'),
  },
  { content_type: 'video/webm', extension: 'webm', kind: 'video', matches: at(0, '1a45dfa3') },
];

/** The format of a file that begins with `head`, or null when it is none that is kept. */
export function recognise(head: Uint8Array): MediaFormat | null {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const found = formats.find(({ matches }) => matches(bytes));
  return found ? { content_type: found.content_type, extension: found.extension, kind: found.kind } : null;
}

function at(offset: number, hex: string): (head: Buffer) => boolean {
  const wanted = Buffer.from(hex, 'hex');
  return head => head.subarray(offset, offset + wanted.length).equals(wanted);
}

function text(offset: number, wanted: string): (head: Buffer) => boolean {
  return at(offset, Buffer.from(wanted, 'latin1').toString('hex'));
}

function both(...tests: ((head: Buffer) => boolean)[]): (head: Buffer) => boolean {
  return head => tests.every(test => test(head));
}

/** An ISO base media file whose major brand begins with one of `brands`. */
function brand(...brands: string[]): (head: Buffer) => boolean {
  return head => text(4, 'ftyp')(head) && brands.some(one => text(8, one)(head));
}
