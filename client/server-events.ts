// Server-Sent Events out of the body of an answer.
import { createParser } from 'eventsource-parser';

interface Received<E> {
  id: string | undefined;
  event: E;
}

/** The events of these names, each with the fields of its data; `onChunk` hears of every sign of life. */
export async function* eventsOf<E extends { event: string }>(
  { body }: Response,
  names: readonly E['event'][],
  onChunk: () => void,
): AsyncGenerator<Received<E>, void> {
  const received: Received<E>[] = [];
  const parser = createParser({
    onEvent({ id, event = '', data }) {
      if (names.includes(event)) received.push({ id, event: { ...JSON.parse(data), event } });
    },
  });
  const decoder = new TextDecoder();
  const reader = body?.getReader();
  for (;;) {
    const chunk = await reader?.read();
    if (!chunk || chunk.done) return;
    onChunk();
    parser.feed(decoder.decode(chunk.value, { stream: true }));
    yield* received.splice(0);
  }
}
