// The frame around every page: the head of the sheet, the page itself.
import { type ReactNode, useEffect, useRef } from 'react';
import { Link, useLocation } from 'wouter';
import { ConnectionBadge } from './connection-badge.tsx';
import { LeaveButton } from './leave-button.tsx';
import { ThemeSwitch } from './theme-switch.tsx';

const PLACES = [
  { href: '/', label: 'Create' },
  { href: '/tasks', label: 'Tasks' },
  { href: '/gallery', label: 'Gallery' },
  { href: '/schedules', label: 'Schedules' },
  { href: '/lanes', label: 'Lanes' },
  { href: '/workers', label: 'Workers' },
  { href: '/stats', label: 'Figures' },
  { href: '/dead', label: 'Dead letters' },
];

export function Shell({ children }: { children: ReactNode }) {
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#page"
        className="sr-only focus:not-sr-only focus:absolute focus:z-10 focus:m-2 focus:bg-sheet focus:p-3"
      >
        Skip to the page
      </a>
      <header className="border-b-2 border-ink bg-sheet">
        <div className="mx-auto flex max-w-6xl flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3 sm:gap-x-7 sm:px-6">
          <Link href="/" className="wordmark flex items-center gap-2 leading-none sm:gap-2.5 sm:text-lg">
            <Mark />
            Callsheet
          </Link>
          <nav
            aria-label="Pages"
            className="-mx-1 flex gap-x-5 overflow-x-auto px-1 whitespace-nowrap max-lg:order-last max-lg:basis-full"
          >
            {PLACES.map(place => (
              <PlaceLink key={place.href} {...place} />
            ))}
          </nav>
          <div className="ml-auto flex items-center gap-3 sm:gap-4">
            <ConnectionBadge />
            <ThemeSwitch />
            <LeaveButton />
          </div>
        </div>
      </header>
      <main
        id="page"
        tabIndex={-1}
        className="mx-auto w-full max-w-6xl grow px-4 pt-8 pb-20 outline-none sm:px-6"
      >
        {children}
      </main>
    </div>
  );
}

function PlaceLink({ href, label }: { href: string; label: string }) {
  const [path] = useLocation();
  const here = href === '/' ? path === '/' : path.startsWith(href);
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    // On a narrow screen the places are a strip that scrolls by itself.
    if (here) link.current?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [here]);
  return (
    <Link
      ref={link}
      href={href}
      aria-current={here ? 'page' : undefined}
      className="border-b-2 border-transparent py-1 font-medium text-soft hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink"
    >
      {label}
    </Link>
  );
}

/** The clapperboard of the favicon, in the page's own colours. */
function Mark() {
  return (
    <svg aria-hidden="true" viewBox="0 0 24 24" className="size-6" fill="currentColor">
      <path d="M2 8l2.6-4h4L6 8zM9 8l2.6-4h4L13 8zM16 8l2.6-4H22v1.8L20.6 8z" />
      <path d="M2 10h20v11H2z" />
      <path d="M5 14h14M5 17.5h9" stroke="var(--sheet)" strokeWidth="1.4" />
    </svg>
  );
}
