// The task's id, and a button that copies it.
import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';

const THANKS_MS = 2_000;

export function CopyId({ id }: { id: string }) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), THANKS_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = () => {
    // Without https there is no clipboard but on this machine; the id can still be marked by hand.
    void navigator.clipboard?.writeText(id).then(() => setCopied(true));
  };
  const Icon = copied ? Check : Copy;
  return (
    <span className="flex min-w-0 items-center gap-1">
      <span className="min-w-0 font-mono text-sm wrap-anywhere select-all">{id}</span>
      <button
        type="button"
        className="grid size-8 shrink-0 place-items-center text-soft hover:text-ink"
        title="Copy the id"
        onClick={copy}
      >
        <Icon aria-hidden size={15} />
        <span className="sr-only">{copied ? 'Copied' : 'Copy the id'}</span>
      </button>
    </span>
  );
}
