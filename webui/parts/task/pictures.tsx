// What a finished task made: its pictures, each in a frame of its own size before it is loaded.
import { useQuery } from '@tanstack/react-query';
import { ExternalLink } from 'lucide-react';
import { hasEnded, type Task } from '../../../client/index.ts';
import { BASE } from '../../api/base.ts';
import { isContentId } from '../../api/contents.ts';
import { contentQuery } from '../../api/queries.ts';
import { StartFrom } from '../media/actions.tsx';
import { Shown } from '../media/shown.tsx';
import { contentWords } from '../media/words.ts';
import { expectedFrames, frameWidth, type Medium, mediaOf, sourceOf } from './media.ts';
import { percentOf } from './segments.ts';
import { taskTitle } from './title.ts';

export function Pictures({ task }: { task: Task }) {
  if (!hasEnded(task)) return <Developing task={task} />;
  const media = mediaOf(task, window.location.origin + BASE);
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
  const source = sourceOf(task);
  const { data: like } = useQuery({ ...contentQuery(source ?? ''), enabled: source !== null });
  const frames = expectedFrames(task, like);
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

const LINK = 'flex items-center gap-1.5 underline';

function Picture({ medium, task, name }: { medium: Medium; task: Task; name: string }) {
  const id = medium.content_id ?? '';
  const { data: content } = useQuery({ ...contentQuery(id), enabled: isContentId(id) });
  // The record knows the size; until it is read the task's own wish is the best guess.
  const { width, height } = {
    width: content?.width ?? medium.width,
    height: content?.height ?? medium.height,
  };
  const still = medium.kind === 'image' && !isFilm(task);
  return (
    <figure className="mx-auto w-full" style={{ maxWidth: frameWidth({ width, height }) }}>
      <Shown {...medium} name={name} width={width} height={height} />
      <figcaption className="mt-2 flex flex-wrap items-center gap-x-5 gap-y-1.5 text-sm">
        {still && medium.content_id && (
          <StartFrom from={task.task_id} source={medium.content_id} className={LINK} />
        )}
        <a className={LINK} href={medium.url} target="_blank" rel="noreferrer">
          <ExternalLink aria-hidden size={14} />
          Open the full file
        </a>
        {content && <span className="text-soft tabular-nums">{contentWords(content)}</span>}
      </figcaption>
    </figure>
  );
}

/** What moves already is a WebP too, and only its first frame could be gone on with. */
function isFilm({ actor, payload }: Task): boolean {
  return actor !== 'media' || payload.action_type === 'img2vid';
}
