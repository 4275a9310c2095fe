// What is said of a stored picture, of how it was made and of what it cost. Pure.
import type { Content, Generation, Json } from '../../../client/index.ts';
import { formatBytes } from '../bytes.ts';

const KINDS: Record<string, string> = { jpg: 'JPEG', webp: 'WebP', mp4: 'MP4', webm: 'WebM' };

/** Its pixels, bytes and kind in a line: `1024 × 768 · 312 kB · PNG`. */
export function contentWords({ width, height, size, extension }: Content): string {
  const pixels = width === null || height === null ? [] : [`${width} × ${height}`];
  return [...pixels, formatBytes(size), KINDS[extension] ?? extension.toUpperCase()].join(' · ');
}

/** What it was asked with, in a line; the action where nothing was said. */
export function promptOf({ request_params, operation }: Pick<Generation, 'request_params' | 'operation'>) {
  const prompt = textOf(request_params.prompt);
  return prompt ?? ACTIONS[operation] ?? operation;
}

export const ACTIONS: Record<string, string> = {
  txt2img: 'Picture',
  img2img: 'Picture from a picture',
  img2vid: 'Moving picture',
};

/** What it cost; null where the provider names no price. */
export function costWords(cost: Generation['cost']): string | null {
  if (!cost) return null;
  const unit = cost.unit.toLowerCase();
  if (unit === 'dollars' || unit === 'usd') return `$${cost.amount}`;
  return `${cost.amount} ${unit}`;
}

/** Whether it moves, be it as a film or as an animated picture. */
export function isMoving(content: Content, operation: string | undefined): boolean {
  return operation === 'img2vid' || content.content_type.startsWith('video/');
}

function textOf(value: Json | undefined): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null;
}
