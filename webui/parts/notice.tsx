// What a view says when it has nothing to show, or could not get it.
import { RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { errorText } from '../api/trouble.ts';

/** `page`: it is all there is on the page, so its title is the page's. */
export function Notice({
  title,
  page = false,
  children,
}: {
  title: string;
  page?: boolean;
  children?: ReactNode;
}) {
  const Title = page ? 'h1' : 'h2';
  return (
    <section className="border-2 border-dashed border-rule px-6 py-10 text-center">
      <Title className="text-lg font-semibold text-balance">{title}</Title>
      <div className="mx-auto mt-2 flex max-w-md flex-col items-center gap-4 text-pretty text-soft">
        {children}
      </div>
    </section>
  );
}

type TroubleProps = { what: string; error: Error; page?: boolean; onRetry: () => void };

/** Why something could not be read, with a button to try again. */
export function Trouble({ what, error, page = false, onRetry }: TroubleProps) {
  return (
    <Notice title={`${what} could not be read`} page={page}>
      <p>{errorText(error)}</p>
      <button type="button" className="button" onClick={onRetry}>
        <RotateCw aria-hidden size={16} />
        Try again
      </button>
    </Notice>
  );
}
