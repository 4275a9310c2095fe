// How each state looks: a word, an icon, a tone. Colour is never the only one of the three.
import { Ban, CircleCheck, CircleDashed, CirclePlay, CircleX, UserCheck } from 'lucide-react';
import type { TaskState } from '../../../client/index.ts';

export const STATE_LOOKS = {
  pending: { label: 'Pending', Icon: CircleDashed },
  assigned: { label: 'Assigned', Icon: UserCheck },
  running: { label: 'Running', Icon: CirclePlay },
  completed: { label: 'Completed', Icon: CircleCheck },
  failed: { label: 'Failed', Icon: CircleX },
  cancelled: { label: 'Cancelled', Icon: Ban },
} satisfies Record<TaskState, { label: string; Icon: typeof Ban }>;

export function StateMark({ state, size = 15 }: { state: TaskState; size?: number }) {
  const { label, Icon } = STATE_LOOKS[state];
  return (
    <span className={`state-${state} toned inline-flex items-center gap-1.5 font-medium whitespace-nowrap`}>
      <Icon aria-hidden size={size} strokeWidth={2.2} />
      {label}
    </span>
  );
}
