// What an action on this page has brought, said once and left standing until the next.
import type { ReactNode } from 'react';

export function Said({ children }: { children: ReactNode }) {
  return (
    <p role="status" className="mb-5 border-l-4 border-accent bg-sheet px-4 py-2.5 empty:hidden">
      {children}
    </p>
  );
}
