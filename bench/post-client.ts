// Who posts in bench/post.ts: many connections, each with one POST under way, told by the arguments; sends how many tasks
// were taken in a second to whoever started it.
import { connect, type Socket } from 'node:net';
import type { Load } from './post.ts';

const [port, load] = [Number(process.argv[2]), JSON.parse(process.argv[3]!) as Load];

const taskOf = (n: number) => ({ actor: 'noop', payload: { n, prompt: 'a kite over the sea' } });
const bodies = Array.from({ length: load.times }, (_, n) => {
  const tasks = Array.from({ length: load.tasks }, (__, i) => taskOf(n * load.tasks + i));
  return JSON.stringify(load.path === '/api/task' ? tasks[0] : { tasks });
});

const clients = await Promise.all(Array.from({ length: load.connections }, () => openClient()));
const began = performance.now();
await Promise.all(
  clients.map(async client => {
    for (let body = bodies.pop(); body !== undefined; body = bodies.pop()) await client.post(body);
    client.close();
  }),
);
process.send!((load.times * load.tasks * 1_000) / (performance.now() - began));
process.disconnect();

interface Client {
  /** Rejects unless the answer is 202. */
  post(body: string): Promise<void>;
  close(): void;
}

/** A connection that is kept: the cheapest client there is, since it shares the machine with what is measured. */
async function openClient(): Promise<Client> {
  const socket = await new Promise<Socket>(resolve => {
    const opened = connect(port, '127.0.0.1', () => resolve(opened));
  });
  socket.setNoDelay(true);
  let heard = '';
  let settle: { resolve: () => void; reject: (error: Error) => void } | undefined;
  socket.setEncoding('latin1').on('data', (text: string) => {
    heard += text;
    const bodyAt = heard.indexOf('\r\n\r\n') + 4;
    if (bodyAt < 4 || heard.length < bodyAt + bodyLength(heard.slice(0, bodyAt))) return;
    const answer = heard;
    heard = '';
    if (answer.startsWith('HTTP/1.1 202')) settle?.resolve();
    else settle?.reject(new Error(answer));
  });
  return {
    post: body =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject };
        const head = `POST ${load.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
        socket.write(head + body);
      }),
    close: () => void socket.destroy(),
  };
}

function bodyLength(head: string): number {
  return Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
}
