// The segmented bar of one task: pending, assigned, running, and how it ended.
import type { Task } from '../../../client/index.ts';
import { formatDuration } from '../time.ts';
import { percentOf, type Segment, segmentsOf } from './segments.ts';
import { STATE_LOOKS } from './state.tsx';

export function SegmentedBar({ task }: { task: Task }) {
  const percent = percentOf(task);
  const words = STATE_LOOKS[task.state].label;
  return (
    <div
      role="progressbar"
      aria-label="Progress of this task"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={percent === undefined || percent === 100 ? words : `${words}, ${percent} %`}
    >
      <div className="grid grid-cols-4 gap-1.5 sm:grid-cols-[1fr_1fr_3fr_1fr]">
        {segmentsOf(task).map(segment => (
          <SegmentView key={segment.name} segment={segment} took={tookOf(segment, task)} />
        ))}
      </div>
    </div>
  );
}

function SegmentView({ segment, took }: { segment: Segment; took: string | null }) {
  const { label, Icon } = STATE_LOOKS[segment.name];
  const open = segment.phase === 'now' && segment.fill === null;
  const quiet = segment.phase === 'ahead' || segment.phase === 'missed';
  return (
    <div
      data-segment={segment.name}
      data-phase={segment.phase}
      className={`state-${segment.name} segment-${segment.phase} ${open ? 'segment-open' : ''} min-w-0`}
    >
      <div className="segment-track">
        <div className="segment-fill" style={open ? undefined : { width: `${(segment.fill ?? 0) * 100}%` }} />
      </div>
      <p
        className={`mt-2 flex items-center gap-1.5 text-sm max-sm:flex-col max-sm:gap-1 max-sm:text-xs ${quiet ? 'text-slate-soft' : 'toned font-semibold'}`}
      >
        <Icon aria-hidden size={15} strokeWidth={2.2} className="shrink-0" />
        <span className="max-w-full truncate">{label}</span>
      </p>
      {took && <p className="mt-0.5 hidden text-xs text-slate-soft tabular-nums sm:block">{took}</p>}
    </div>
  );
}

/** How long the part behind us lasted, where the task's times tell. */
function tookOf({ name, phase }: Segment, task: Task): string | null {
  if (phase !== 'done' || task.started_at === null) return null;
  const started = Date.parse(task.started_at);
  if (name === 'pending') return formatDuration(started - Date.parse(task.created_at));
  if (name !== 'running' || task.completed_at === null) return null;
  return formatDuration(Date.parse(task.completed_at) - started);
}
