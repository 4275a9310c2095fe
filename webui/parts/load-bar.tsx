/** How much of what may run does; the same stands beside it in words. */
export function LoadBar({ running, of }: { running: number; of: number }) {
  return (
    <div className="thin-track state-running mt-1.5" aria-hidden="true">
      <div className="thin-fill" style={{ width: `${Math.min(100, (running / of) * 100)}%` }} />
    </div>
  );
}
