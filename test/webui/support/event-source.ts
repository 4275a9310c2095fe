// An EventSource under a test's control, and a page whose signals the test gives.
import type { Page, PageSignal } from '../../../webui/api/stream/page.ts';

export class FakeSource extends EventTarget {
  closed = false;
  readonly url: string;

  constructor(url: string) {
    super();
    this.url = url;
  }

  close(): void {
    this.closed = true;
  }

  /** What a real source would dispatch; a closed one dispatches nothing any more. */
  emit(event: Event): void {
    if (!this.closed) this.dispatchEvent(event);
  }

  open(): void {
    this.emit(new Event('open'));
  }

  fail(): void {
    this.emit(new Event('error'));
  }

  say(name: string, data: unknown): void {
    this.emit(new MessageEvent(name, { data: JSON.stringify(data) }));
  }
}

/** Opens fake sources and remembers them all. */
export class Sources {
  readonly all: FakeSource[] = [];

  readonly open = (url: string): FakeSource => {
    const source = new FakeSource(url);
    this.all.push(source);
    return source;
  };

  get last(): FakeSource {
    const source = this.all.at(-1);
    if (!source) throw new Error('No source was opened');
    return source;
  }

  get openNow(): number {
    return this.all.filter(source => !source.closed).length;
  }
}

export class FakePage implements Page {
  online = true;
  hidden = false;
  listeners = new Set<(signal: PageSignal) => void>();

  isOnline = () => this.online;
  isHidden = () => this.hidden;
  listen = (listener: (signal: PageSignal) => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  signal(signal: PageSignal): void {
    if (signal === 'hidden' || signal === 'visible') this.hidden = signal === 'hidden';
    if (signal === 'online' || signal === 'offline') this.online = signal === 'online';
    for (const listener of this.listeners) listener(signal);
  }
}
