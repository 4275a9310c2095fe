// What can be made of something finished: links that fill in the form.
import { Clapperboard, CopyPlus, Wand2 } from 'lucide-react';
import { Link } from 'wouter';
import { templateHref } from '../form/template.ts';

type Props = {
  /** The task whose words are taken along; null where there was none. */
  from: string | null;
  /** What to start from. */
  source: string;
  className: string;
};

/** Make another picture or a film of this one. */
export function StartFrom({ from, source, className }: Props) {
  return (
    <>
      <Link className={className} href={templateHref({ from, kind: 'img2img', source })}>
        <Wand2 aria-hidden size={15} />
        Change it
      </Link>
      <Link className={className} href={templateHref({ from, kind: 'img2vid', source })}>
        <Clapperboard aria-hidden size={15} />
        Make a film
      </Link>
    </>
  );
}

/** The form as it was filled in for this task. */
export function UseAgain({ from, className }: { from: string; className: string }) {
  return (
    <Link className={className} href={templateHref({ from })}>
      <CopyPlus aria-hidden size={15} />
      Use these settings again
    </Link>
  );
}
