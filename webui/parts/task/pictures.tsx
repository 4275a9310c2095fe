// What a finished task made: its pictures, each in a frame of its own size before it is loaded.
import { Clapperboard, ExternalLink, ImageOff } from 'lucide-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { isOver, type Task } from '../../api/task.ts';
import { expectedFrames, frameWidth, type Medium, mediaOf } from './media.ts';
import { percentOf } from './segments.ts';
import { taskTitle } from './title.ts';

export function Pictures({ task }: { task: Task }) {
  if (!isOver(task)) return <Developing task={task} />;
  const media = mediaOf(task, window.location.origin);
  if (media.length === 0) return null;
  return (
    <section aria-label="What was made" className={gridOf(media.length)}>
      {media.map((medium, at) => (
        <Picture
          key={medium.url}
          medium={medium}
          task={task}
          name={media.length > 1 ? `${taskTitle(task)}, ${at + 1} of ${media.length}` : taskTitle(task)}
        />
      ))}
    </section>
  );
}

/** The places of the pictures to come, filling as the work goes on. */
function Developing({ task }: { task: Task }) {
  const frames = expectedFrames(task);
  const percent = percentOf(task) ?? 0;
  if (frames.length === 0) return null;
  return (
    <div aria-hidden="true" className={gridOf(frames.length)}>
      {frames.map(({ width, height }, at) => (
        <div
          // biome-ignore lint/suspicious/noArrayIndexKey: the frames are all the same and never move
          key={at}
          className="picture-well relative mx-auto overflow-hidden rounded-md"
          style={{ aspectRatio: `${width} / ${height}`, width: frameWidth({ width, height }) }}
        >
          <div className="developing" style={{ height: `${percent}%` }} />
        </div>
      ))}
    </div>
  );
}

function gridOf(count: number): string {
  return `grid gap-5 ${count > 1 ? 'sm:grid-cols-2' : ''}`;
}

function Picture({ medium, task, name }: { medium: Medium; task: Task; name: string }) {
  return (
    <figure className="mx-auto w-full" style={{ maxWidth: frameWidth(medium) }}>
      <Shown medium={medium} name={name} />
      <figcaption className="mt-2 flex flex-wrap items-center gap-x-5 gap-y-1 text-sm">
        <a className="flex items-center gap-1.5 underline" href={medium.url} target="_blank" rel="noreferrer">
          <ExternalLink aria-hidden size={14} />
          Open the full file
        </a>
        {medium.content_id && canMove(task) && medium.kind === 'image' && (
          <Link
            className="flex items-center gap-1.5 underline"
            href={`/?from=${task.task_id}&kind=img2vid&source=${medium.content_id}`}
          >
            <Clapperboard aria-hidden size={14} />
            Make it move
          </Link>
        )}
      </figcaption>
    </figure>
  );
}

/** A still of the media actor; what moves already is a WebP too. */
function canMove({ actor, payload }: Task): boolean {
  return actor === 'media' && payload.action_type !== 'img2vid';
}

function Shown({ medium, name }: { medium: Medium; name: string }) {
  const [broken, setBroken] = useState(false);
  const { url, width, height } = medium;
  const frame = 'picture-well arriving h-auto w-full rounded-md';
  if (broken) {
    return (
      <p className="picture-well grid w-full place-items-center gap-2 rounded-md px-4 py-16 text-center text-soft">
        <ImageOff aria-hidden size={28} />
        The file could not be shown here. It may have been removed.
      </p>
    );
  }
  if (medium.kind === 'video') {
    return (
      <video
        src={url}
        width={width}
        height={height}
        controls
        loop
        muted
        playsInline
        aria-label={name}
        className={frame}
      />
    );
  }
  return (
    <img
      src={url}
      alt={name}
      width={width}
      height={height}
      decoding="async"
      className={frame}
      onError={() => setBroken(true)}
    />
  );
}
