// How a picture was made: who made it, in what size, for what price, when, from what.
import type { ReactNode } from 'react';
import type { Content, Generation } from '../../../client/index.ts';
import { isObject } from '../form/pointer.ts';
import { ACTIONS, contentWords, costWords } from '../media/words.ts';
import { Moment } from '../moment.tsx';
import { formatDuration } from '../time.ts';

type Props = { content: Content; generation: Generation | null };

export function Facts({ content, generation }: Props) {
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5 border-t border-rule pt-4 text-sm">
      {generation && <Making generation={generation} />}
      <Fact name="File">{contentWords(content)}</Fact>
      <Fact name={generation ? 'Made' : 'Uploaded'}>
        <Moment at={content.created_at} />
      </Fact>
      <Fact name="Run">{content.workflow_run_id}</Fact>
      <Fact name="Id">
        <span className="font-mono text-xs select-all">{content.content_id}</span>
      </Fact>
    </dl>
  );
}

function Making({ generation }: { generation: Generation }) {
  const { provider, operation, cost, created_at, completed_at } = generation;
  const took = completed_at === null ? null : Date.parse(completed_at) - Date.parse(created_at);
  return (
    <>
      <Fact name="Kind">{ACTIONS[operation] ?? operation}</Fact>
      <Fact name="Provider">{provider}</Fact>
      {settingsOf(generation).map(([name, value]) => (
        <Fact key={name} name={name}>
          {value}
        </Fact>
      ))}
      {cost && <Fact name="Cost">{costWords(cost)}</Fact>}
      {took !== null && <Fact name="Took">{formatDuration(took)}</Fact>}
    </>
  );
}

const MOST_SETTINGS = 8;
const LONGEST = 60;

/** What was asked for beside the prompt and the source: the few plain values there are. */
function settingsOf({ request_params, response_data }: Generation): [string, string][] {
  const seed = isObject(response_data) ? response_data.seed : undefined;
  const all = { ...(seed === undefined ? {} : { seed }), ...request_params };
  const pairs = Object.entries(all).flatMap(([name, value]): [string, string][] =>
    SAID_ELSEWHERE.has(name) || typeof value === 'object'
      ? []
      : [[name.replaceAll('_', ' '), String(value).slice(0, LONGEST)]],
  );
  return pairs.slice(0, MOST_SETTINGS);
}

const SAID_ELSEWHERE = new Set(['prompt', 'source_image', 'width', 'height', 'num_images', 'duration_ms']);

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-soft first-letter:uppercase">{name}</dt>
      <dd className="min-w-0 wrap-anywhere">{children}</dd>
    </>
  );
}
