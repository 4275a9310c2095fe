// A small picture of a finished task, or its state where there is none.
import { Film } from 'lucide-react';
import { useState } from 'react';
import type { Task } from '../../../client/index.ts';
import { BASE } from '../../api/base.ts';
import { thumbnailOf } from '../../api/contents.ts';
import { mediaOf } from './media.ts';
import { STATE_LOOKS } from './state.tsx';

export function Thumbnail({ task, size }: { task: Task; size: number }) {
  const medium = mediaOf(task, window.location.origin + BASE)[0];
  const [broken, setBroken] = useState<string>();
  const frame = 'picture-well grid shrink-0 place-items-center overflow-hidden rounded-sm';
  if (medium?.kind !== 'image' || broken === medium.url) {
    const Icon = medium?.kind === 'video' ? Film : STATE_LOOKS[task.state].Icon;
    return (
      <span className={`${frame} state-${task.state}`} style={{ width: size, height: size }}>
        <Icon aria-hidden size={size / 2.6} className="toned" />
      </span>
    );
  }
  return (
    <img
      src={medium.content_id === null ? medium.url : thumbnailOf(medium.url)}
      alt=""
      width={size}
      height={size}
      loading="lazy"
      decoding="async"
      className={`${frame} arriving object-cover`}
      style={{ width: size, height: size }}
      onError={() => setBroken(medium.url)}
    />
  );
}
