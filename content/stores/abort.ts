// Giving up on a source that may never speak again.

/** The same bytes; throws the signal's reason as soon as it is aborted, also while the source is silent. */
export async function* untilAborted(
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const iterator = body[Symbol.asyncIterator]();
  let giveUp: (reason: unknown) => void = () => {};
  const abort = () => giveUp(signal.reason);
  signal.addEventListener('abort', abort);
  // A promise of its own for each piece: a race against one that lasts would hold on to every piece that ever won it.
  const next = () =>
    new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
      giveUp = reject;
      iterator.next().then(resolve, reject);
    });
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await next();
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    // Not awaited: a generator that hangs never returns.
    iterator.return?.().catch(() => {});
  }
}
