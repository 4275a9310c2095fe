// The pictures in a task's result: addresses that are safe to show, and their size before they are loaded. Pure.
import type { Json, Task } from '../../../client/index.ts';
import { isContentId } from '../../api/contents.ts';

export type Medium = {
  url: string;
  kind: 'image' | 'video';
  /** The id under which this server stores it, when it does: what another task can start from. */
  content_id: string | null;
  width: number;
  height: number;
};

// Whatever path the server that named it was reached under.
const STORED = /\/workflow\/[^/]+\/media\/([^/]+)\.[a-z0-9]+$/i;
const IMAGES = new Set(['png', 'jpg', 'jpeg', 'webp', 'gif', 'avif', 'svg']);
const VIDEOS = new Set(['mp4', 'webm', 'mov']);
const MOST_SHOWN = 64;
// What the studio draws when nobody names a size; a guess only until the picture is there.
const USUAL_SIZE = { width: 1024, height: 1280 };

/** The media of a finished task, in order. `root` is this app's own address. Anything but a picture at http(s) is left out. */
export function mediaOf(task: Pick<Task, 'payload' | 'result'>, root: string): Medium[] {
  const urls = field(task.result, 'urls');
  if (!Array.isArray(urls)) return [];
  const size = sizeOf(task.payload.params);
  return urls.slice(0, MOST_SHOWN).flatMap(url => mediumOf(url, new URL(root), size));
}

const MOST_EXPECTED = 4;
const TALLEST_VH = 75;

/** The width of a frame as CSS: its own, unless the column or three quarters of the window's height allow less. */
export function frameWidth({ width, height }: { width: number; height: number }): string {
  return `min(100%, ${width}px, ${((TALLEST_VH * width) / height).toFixed(2)}vh)`;
}

/**
 * The frames of the pictures that an unfinished media task will make, so that they have their place before they come.
 * `like` is the picture it starts from, whose size it keeps where it names none.
 */
export function expectedFrames(
  task: Pick<Task, 'actor' | 'payload'>,
  like?: { width: number | null; height: number | null },
): { width: number; height: number }[] {
  if (task.actor !== 'media') return [];
  const count = field(task.payload.params, 'num_images');
  const frames = typeof count === 'number' ? Math.min(Math.max(1, Math.floor(count)), MOST_EXPECTED) : 1;
  return Array.from({ length: frames }, () => sizeOf(task.payload.params, like));
}

/** The id of the stored picture that the task starts from; null when it starts from none, or from one elsewhere. */
export function sourceOf({ payload }: Pick<Task, 'payload'>): string | null {
  const source = field(payload.params, 'source_image');
  return typeof source === 'string' && isContentId(source) ? source : null;
}

function mediumOf(url: Json, root: URL, size: { width: number; height: number }): Medium[] {
  const address = typeof url === 'string' && URL.canParse(url, root) ? new URL(url, root) : null;
  if (!address || !/^https?:$/.test(address.protocol)) return [];
  const extension = /\.([a-z0-9]+)$/i.exec(address.pathname)?.[1]?.toLowerCase() ?? '';
  const kind = VIDEOS.has(extension) ? 'video' : IMAGES.has(extension) ? 'image' : null;
  if (!kind) return [];
  const stored = STORED.exec(address.pathname);
  // What this server stores is asked of where the page came from: the result may name another port, prefix or a public name.
  if (stored) return [{ url: pathOf(root) + stored[0], kind, content_id: stored[1] ?? null, ...size }];
  const shown = address.origin === root.origin ? address.pathname + address.search : address.href;
  return [{ url: shown, kind, content_id: null, ...size }];
}

const pathOf = ({ pathname }: URL) => pathname.replace(/\/+$/, '');

function sizeOf(
  params: Json | undefined,
  like?: { width: number | null; height: number | null },
): { width: number; height: number } {
  const length = (value: Json | undefined) =>
    typeof value === 'number' && value >= 1 && value <= 20_000 ? value : null;
  const [width, height] = [length(field(params, 'width')), length(field(params, 'height'))];
  if (width !== null && height !== null) return { width, height };
  return like?.width && like.height ? { width: like.width, height: like.height } : USUAL_SIZE;
}

function field(value: Json | undefined, name: string): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value[name] : undefined;
}
