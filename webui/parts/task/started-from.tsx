// The picture that a task starts from, where this server keeps it.
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { Task } from '../../../client/index.ts';
import { client } from '../../api/client.ts';
import { contentQuery } from '../../api/queries.ts';
import { contentWords } from '../media/words.ts';
import { sourceOf } from './media.ts';

export function StartedFrom({ task }: { task: Task }) {
  const source = sourceOf(task);
  const { data: content } = useQuery({ ...contentQuery(source ?? ''), enabled: source !== null });
  if (!content) return null;
  return (
    <section aria-labelledby="started-from">
      <h2 id="started-from" className="caption mb-2 border-b-2 border-ink pb-1.5">
        Started from
      </h2>
      <Link
        href={`/gallery?show=${content.content_id}`}
        className="group flex w-fit items-center gap-3.5 py-1"
      >
        <img
          src={client.contents.urlOf(content, { thumbnail: true })}
          alt=""
          width={56}
          height={56}
          className="picture-well size-14 rounded-sm object-cover"
        />
        <span className="min-w-0">
          <span className="block font-medium group-hover:underline">
            {content.metadata_id === null ? 'An uploaded picture' : 'A picture made here'}
          </span>
          <span className="text-sm text-soft tabular-nums">{contentWords(content)}</span>
        </span>
      </Link>
    </section>
  );
}
