// The first page: choose what should be done, fill in the form, see the latest tasks beside it.
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link, useSearchParams } from 'wouter';
import type { Actor, JsonObject } from '../../client/index.ts';
import { useWatch } from '../api/live.tsx';
import { actorsQuery } from '../api/queries.ts';
import { ActorPicker } from '../parts/form/actor-picker.tsx';
import { readDraft } from '../parts/form/draft.ts';
import { profileOf } from '../parts/form/profile.ts';
import { TaskForm } from '../parts/form/task-form.tsx';
import { useTemplate } from '../parts/form/template.ts';
import { Notice, Trouble } from '../parts/notice.tsx';
import { TaskList } from '../parts/task/task-list.tsx';

export function CreatePage() {
  useWatch('all');
  useEffect(() => {
    document.title = 'Callsheet';
  }, []);
  return (
    <div className="grid gap-x-14 gap-y-12 lg:grid-cols-[minmax(0,1fr)_20rem]">
      <section className="min-w-0">
        <Maker />
      </section>
      <aside aria-labelledby="recent" className="min-w-0">
        <div className="flex items-baseline justify-between pb-2">
          <h2 id="recent" className="caption">
            Recent tasks
          </h2>
          <Link href="/tasks" className="text-sm underline">
            All tasks
          </Link>
        </div>
        <TaskList narrow empty={<NoTasks />} />
      </aside>
    </div>
  );
}

function Maker() {
  const { data: actors, error, refetch } = useQuery(actorsQuery);
  const template = useTemplate();
  const [search, setSearch] = useSearchParams();
  if (!actors && error)
    return <Trouble page what="The actors" error={error} onRetry={() => void refetch()} />;
  if (!actors || template.isPending) return <Loading />;
  const wanted = template.actor ?? search.get('actor');
  const actor = actors.find(one => one.name === wanted) ?? actors[0];
  if (!actor) return <NoActors />;
  const form = `${actor.name} ${template.key}`;
  return (
    <>
      <h1 className="mb-4 text-4xl leading-tight">{profileOf(actor).title}</h1>
      <About actor={actor} />
      <TaskForm
        key={form}
        actor={actor}
        given={draftOf(form, template.key) ?? template.payloadFor(actor)}
        draft={form}
        picker={<ActorPicker actors={actors} chosen={actor} onChoose={name => setSearch({ actor: name })} />}
      />
    </>
  );
}

let isFirst = true;

/**
 * What was filled in before and not sent. A form that starts from something takes it up after a refresh only: whoever asks
 * for the settings of a task again means those, and not what was made of them another time.
 */
function draftOf(form: string, template: string): JsonObject | null {
  const refreshed = isFirst;
  isFirst = false;
  return refreshed || template === '' ? readDraft(form) : null;
}

function About({ actor }: { actor: Actor }) {
  return (
    <>
      {actor.description && actor.name !== 'media' && (
        <p className="mb-6 max-w-prose text-pretty text-soft">{actor.description}</p>
      )}
      {actor.workers.length === 0 && (
        <p className="mb-6 border-l-4 border-accent bg-sheet px-4 py-3">
          No worker takes this kind of task at the moment. What you ask for is kept, and starts as soon as one
          does.
        </p>
      )}
    </>
  );
}

function NoActors() {
  return (
    <Notice title="No worker has come by yet" page>
      <p>
        A worker says what can be done here. Start one with{' '}
        <code className="font-mono text-ink">node worker</code>; this page notices by itself.
      </p>
    </Notice>
  );
}

function NoTasks() {
  return <p className="border-t border-rule py-4 text-soft">Nothing yet. What you ask for appears here.</p>;
}

function Loading() {
  return (
    <div aria-busy="true" className="flex flex-col gap-6">
      <h1 className="text-4xl leading-tight">Ask for a picture</h1>
      <span className="picture-well breathing h-28 rounded-sm" />
      <span className="picture-well breathing h-10 w-1/2 rounded-sm" />
    </div>
  );
}
