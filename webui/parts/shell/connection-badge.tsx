// Says which state the connection is in, always.
import { Activity, CheckCheck, Circle, CloudOff, DatabaseZap, Moon, RefreshCw, Timer } from 'lucide-react';
import { useConnection } from '../../api/live.tsx';
import { CONNECTION_WORDS, type Connection } from '../../api/stream/connection.ts';

const LOOKS = {
  connecting: { Icon: RefreshCw, tone: 'state-pending' },
  live: { Icon: Activity, tone: 'state-completed' },
  stalled: { Icon: DatabaseZap, tone: 'state-failed' },
  reconnecting: { Icon: RefreshCw, tone: 'state-assigned' },
  polling: { Icon: Timer, tone: 'state-assigned' },
  offline: { Icon: CloudOff, tone: 'state-failed' },
  resting: { Icon: Moon, tone: 'state-pending' },
  idle: { Icon: Circle, tone: 'state-pending' },
  finished: { Icon: CheckCheck, tone: 'state-pending' },
} satisfies Record<Connection, { Icon: typeof Activity; tone: string }>;

export function ConnectionBadge() {
  const connection = useConnection();
  const { label, detail } = CONNECTION_WORDS[connection];
  const { Icon, tone } = LOOKS[connection];
  return (
    <p
      title={detail}
      data-connection={connection}
      className={`${tone} toned flex items-center gap-1.5 text-sm font-medium whitespace-nowrap tabular-nums`}
    >
      <Icon aria-hidden size={15} className={connection === 'reconnecting' ? 'breathing' : ''} />
      <span>
        <span className="sr-only">Connection: </span>
        {label}
      </span>
    </p>
  );
}
